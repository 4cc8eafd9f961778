"""Conditional requests (RFC 9110, 13): the entity tag of a row is its version."""

import re

from .problems import ProblemError

TAG = re.compile(r'"([1-9][0-9]{0,17})"')
STRONG_TAG = re.compile(rf"(?<!W/){TAG.pattern}")


class VersionMissing(ProblemError):
    """A change does not say which version it is made to."""

    status = 422
    code = "version_missing"


def etag(version: int) -> str:
    return f'"{version}"'


def is_current(if_none_match: str | None, version: int) -> bool:
    """Return whether the client has this version, so that the answer is 304."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or str(version) in TAG.findall(if_none_match)


def matching_versions(if_match: str | None) -> set[int] | None:
    """Return the versions that a change may be made to; None for any."""
    if if_match is None or if_match.strip() == "*":
        return None
    return {int(version) for version in STRONG_TAG.findall(if_match)}


def required_versions(if_match: str | None, version: int | None) -> set[int] | None:
    """Return the versions as `matching_versions` does; `version` is that of the body.

    Raises VersionMissing when neither says any.
    """
    versions = matching_versions(if_match)
    if version is not None:
        return {version} if versions is None else versions & {version}
    if if_match is None:
        detail = "say which version is changed, by `version` or by If-Match"
        raise VersionMissing(detail, fields=[("version", detail)])
    return versions
