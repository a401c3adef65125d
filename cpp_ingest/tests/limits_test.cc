#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "budget.h"
#include "rate_limiter.h"

namespace keystone::ingest {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Budget, BoundsEvents) {
  Budget budget(2, 1000);
  EXPECT_TRUE(budget.TryTake(1));
  EXPECT_TRUE(budget.TryTake(1));
  EXPECT_FALSE(budget.TryTake(1));
  budget.GiveBack(1);
  EXPECT_TRUE(budget.TryTake(1));
}

TEST(Budget, BoundsBytesAndKeepsNothingOfWhatItRefuses) {
  Budget budget(100, 10);
  EXPECT_TRUE(budget.TryTake(6));
  EXPECT_FALSE(budget.TryTake(5));
  EXPECT_EQ(budget.bytes(), 6U);
  EXPECT_EQ(budget.events(), 1U);
  EXPECT_TRUE(budget.TryTake(4));
}

TEST(Budget, IsExactUnderContention) {
  Budget budget(100, 1'000'000);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&budget] {
      for (int round = 0; round < 20'000; ++round) {
        if (budget.TryTake(7)) budget.GiveBack(7);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(budget.events(), 0U);
  EXPECT_EQ(budget.bytes(), 0U);
}

TEST(TokenBucket, FillsAtItsRateUpToItsBurst) {
  const SteadyTime start{};
  TokenBucket bucket(10, 5, start);
  EXPECT_EQ(bucket.Take(8, start), 5U) << "a burst";
  EXPECT_EQ(bucket.Take(1, start), 0U);
  EXPECT_EQ(bucket.UntilNext(), milliseconds(100));
  EXPECT_EQ(bucket.Take(9, start + milliseconds(300)), 3U);
  EXPECT_EQ(bucket.Take(9, start + seconds(60)), 5U) << "never more than a burst";
  EXPECT_TRUE(bucket.IsFull(start + seconds(120)));
}

TEST(RateLimiter, KeepsIdentitiesApart) {
  RateLimiter limiter(2, 2);
  const SteadyTime now{};
  EXPECT_EQ(limiter.Take("a", 5, now).events, 2U);
  EXPECT_EQ(limiter.Take("b", 1, now).events, 1U);
  const auto refused = limiter.Take("a", 1, now);
  EXPECT_EQ(refused.events, 0U);
  EXPECT_EQ(refused.retry_after, milliseconds(500));
}

TEST(RateLimiter, OffBoundsNothing) {
  RateLimiter limiter(0, 0);
  EXPECT_FALSE(limiter.enabled());
  EXPECT_EQ(limiter.Take("a", 1'000'000, {}).events, 1'000'000U);
}

TEST(RateLimiter, ACrowdOfIdentitiesSharesABucket) {
  RateLimiter limiter(1, 1);
  for (int i = 0; i < 20'000; ++i) limiter.Take("peer" + std::to_string(i), 1, {});
  EXPECT_EQ(limiter.Take("newcomer", 1, {}).events, 0U) << "what newcomers share is used up";
  EXPECT_EQ(limiter.Take("newcomer", 1, SteadyTime(seconds(5))).events, 1U) << "idle ones made room";
}

}  // namespace
}  // namespace keystone::ingest
