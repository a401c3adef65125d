"""One double for all tests of a run, and lakes in it as they lie on S3."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from keystone_nexus.source.synthetic import generate
from tests.athena.built import Built, build, make_group
from tests.athena.double.artifacts import Missing
from tests.athena.double.stack import Double, running
from tests.conftest import olist_zip

ENV = "ci"
GROUP = f"keystone-{ENV}"
EXPLORE = f"{GROUP}-explore"


@pytest.fixture(scope="session")
def double(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Double]:
    """The double, with the work groups that production has."""
    try:
        with running(tmp_path_factory.mktemp("athena")) as started:
            started.client("s3").create_bucket(Bucket="athena-results")
            make_group(started, GROUP)
            make_group(started, EXPLORE, enforced=True)
            yield started
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def aws(double: Double) -> Iterator[None]:
    """This process talks to the double."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in double.environment.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def built(double: Double, aws: None, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The real data where they are, else six weeks of a small synthetic lake."""
    olist = olist_zip()
    if olist is None:
        return synthetic_lake(double, ENV, tmp_path_factory, "six-weeks", "2018-02-10")
    return build(double, ENV, tmp_path_factory.mktemp("olist"), "olist", olist)


def synthetic_lake(
    double: Double, env: str, tmp_path_factory: pytest.TempPathFactory, name: str, last_day: str
) -> Built:
    """A small one, from January 2018 on."""
    folder = tmp_path_factory.mktemp(name)
    generate(folder / "source", 0.02, 7)
    return build(double, env, folder, name, folder / "source", "--from", "2018-01-01", "--to", last_day)
