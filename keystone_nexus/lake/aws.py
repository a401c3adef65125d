"""What AWS says of who asks and of the way to it, whatever the service: whose fault it is, and what to do.

`start` is the sentence so far: what was done, and to what ("could not read the Glue catalog"). Refused is configuration
(exit 2), EnvironmentFault may pass and is safe to run again (exit 3).
"""

from __future__ import annotations

from botocore import exceptions as botocore

from keystone_nexus.lake.errors import EnvironmentFault, KeystoneError, Refused

THROTTLED = {
    "SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded",
    "KMS.ThrottlingException",
}  # fmt: skip
DENIED = {
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403", "Forbidden", "AllAccessDisabled",
}  # fmt: skip
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
UNKNOWN_KEY = {
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidClientTokenId", "UnrecognizedClientException",
}  # fmt: skip
FAULTS = (botocore.ClientError, botocore.BotoCoreError)
"""What botocore raises."""


def code(error: BaseException) -> str:
    """The code that AWS gave, empty where it gave none."""
    return error.response.get("Error", {}).get("Code", "") if isinstance(error, botocore.ClientError) else ""


def of_error(error: BaseException, start: str) -> KeystoneError | None:
    """The sentence for an error that has nothing to do with what was asked; None for all others."""
    return of_client(error, start) or of_code(code(error), start)


def of_code(said: str, start: str) -> KeystoneError | None:
    """The same where only AWS's code is left."""
    if said in THROTTLED:
        return EnvironmentFault(f"{start}: AWS throttles the account ({said}): wait a little and run again")
    if said in EXPIRED:
        return EnvironmentFault(
            f"{start}: the AWS credentials have expired ({said}): sign in again (`aws sso login`), or renew the role"
        )
    if said in UNKNOWN_KEY:
        return Refused(
            f"{start}: AWS does not know these credentials ({said}): check AWS_PROFILE, the keys or the role"
        )
    if said == "RequestTimeTooSkewed":
        return EnvironmentFault(f"{start}: this machine's clock differs from AWS's: set it (NTP), then run again")
    return None


def of_client(error: BaseException, start: str) -> KeystoneError | None:
    """What botocore says itself, before or instead of an answer; None for an answer of AWS."""
    match error:
        case (
            botocore.NoCredentialsError() | botocore.PartialCredentialsError() | botocore.ProfileNotFound()
            | botocore.SSOTokenLoadError()
        ):  # fmt: skip
            return Refused(
                f"{start}: there are no AWS credentials ({_line(error)}): sign in (`aws sso login`), set AWS_PROFILE, "
                "or give the machine a role"
            )
        case botocore.TokenRetrievalError():
            return of_code("ExpiredToken", start)
        case botocore.InvalidConfigError():
            return Refused(f"{start}: the settings of AWS are wrong: {_line(error)}")
        case botocore.NoRegionError() | botocore.InvalidRegionError():
            return Refused(f"{start}: no AWS region is named ({_line(error)}): set AWS_REGION")
        case botocore.ConnectionError() | botocore.HTTPClientError() | botocore.IncompleteReadError():
            return EnvironmentFault(
                f"{start}: AWS cannot be reached ({_line(error)}): check the network and AWS_ENDPOINT_URL, then run again"
            )
        case _:
            return None


def _line(error: BaseException) -> str:
    return next((line.strip().rstrip(".") for line in str(error).splitlines() if line.strip()), type(error).__name__)
