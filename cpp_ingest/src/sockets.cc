#include "sockets.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace keystone::ingest {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

void Switch(int socket, int level, int option, int value) { setsockopt(socket, level, option, &value, sizeof value); }

void SetPort(sockaddr& address, int port) {
  const auto wanted = htons(static_cast<std::uint16_t>(port));
  if (address.sa_family == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(address).sin6_port = wanted;
  } else {
    reinterpret_cast<sockaddr_in&>(address).sin_port = wanted;
  }
}

int PortOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

// An invalid descriptor where it cannot be, with errno. A port that another process has is not shared with it.
Descriptor Open(addrinfo& found, int port, bool both_families) {
  constexpr int kBacklog = 1024;
  // What the system keeps for each connection beyond what the server has read.
  constexpr int kReceiveBytes = 128 * 1024;
  Descriptor opened(socket(found.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!opened.valid()) return opened;
  Switch(opened.number(), SOL_SOCKET, SO_REUSEADDR, 1);
  Switch(opened.number(), IPPROTO_TCP, TCP_NODELAY, 1);  // accepted sockets inherit these
  Switch(opened.number(), SOL_SOCKET, SO_RCVBUF, kReceiveBytes);
  if (found.ai_family == AF_INET6) Switch(opened.number(), IPPROTO_IPV6, IPV6_V6ONLY, both_families ? 0 : 1);
  SetPort(*found.ai_addr, port);
  const bool listens =
      bind(opened.number(), found.ai_addr, found.ai_addrlen) == 0 && listen(opened.number(), kBacklog) == 0;
  if (listens) return opened;
  const int why = errno;
  opened = Descriptor();
  errno = why;
  return Descriptor();
}

// Sets the problem where there is no such host.
Addresses Resolve(const std::string& host, const std::string& port, std::string& problem) {
  const addrinfo hints{.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
                       .ai_family = AF_UNSPEC,
                       .ai_socktype = SOCK_STREAM,
                       .ai_protocol = 0,
                       .ai_addrlen = 0,
                       .ai_addr = nullptr,
                       .ai_canonname = nullptr,
                       .ai_next = nullptr};
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) problem = gai_strerror(error);
  return {error == 0 ? found : nullptr, freeaddrinfo};
}

Listening ListenOnHost(const std::string& host, const std::string& port, bool both_families) {
  Listening listening{.sockets = {}, .port = std::stoi(port), .problem = {}, .taken = false};
  const Addresses found = Resolve(host, port, listening.problem);
  for (addrinfo* one = found.get(); one != nullptr; one = one->ai_next) {
    Descriptor opened = Open(*one, listening.port, both_families);
    if (!opened.valid()) {
      listening.problem = std::strerror(errno);
      if (errno != EADDRINUSE) continue;  // maybe a family that this machine does not have
      listening.taken = true;
      listening.sockets.clear();  // half of a host's addresses would be a server that some clients find
      return listening;
    }
    listening.port = PortOf(opened.number());
    listening.sockets.push_back(std::move(opened));
  }
  return listening;
}

std::string WithoutBrackets(const std::string& host) {
  return host.size() > 2 && host.front() == '[' && host.back() == ']' ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

Descriptor::~Descriptor() {
  if (valid()) close(number_);
}

Listening ListenOn(const std::string& address) {
  const auto colon = address.rfind(':');
  const std::string host = WithoutBrackets(address.substr(0, colon));
  const std::string port = address.substr(colon + 1);
  if (host != "0.0.0.0" && host != "::") return ListenOnHost(host, port, false);
  Listening both = ListenOnHost("::", port, true);
  // A machine without IPv6 has the other family alone.
  return both.sockets.empty() && !both.taken ? ListenOnHost("0.0.0.0", port, false) : std::move(both);
}

}  // namespace keystone::ingest
