"""The CI jobs of a rendered project, each on a checkout made as its forge makes it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from projects import Project
from updates.histories import git

GITHUB = ".github/workflows/ci.yml"
GITLAB = ".gitlab-ci.yml"
# Where GitLab's runner keeps what uv downloads; here it stays where it is.
CACHE = {"UV_CACHE_DIR", "UV_LINK_MODE"}
BRANCHES = "+refs/heads/*:refs/remotes/origin/*"
TAGS = "+refs/tags/*:refs/tags/*"


@dataclass(frozen=True)
class Job:
    """What a job runs, with which variables, on how much of the history (0: all)."""

    steps: list[str]
    depth: int
    variables: dict[str, str] = field(default_factory=dict)
    has_services: bool = False


def jobs(project: Path) -> dict[str, Job]:
    """Return the jobs of a project's CI file, without what prepares the machine."""
    if (project / GITHUB).exists():
        workflow = yaml.safe_load((project / GITHUB).read_text("utf-8"))
        return {name: _of_github(job) for name, job in workflow["jobs"].items()}
    if not (project / GITLAB).exists():
        return {}
    pipeline = yaml.safe_load((project / GITLAB).read_text("utf-8"))
    return {
        name: _of_gitlab(job, pipeline)
        for name, job in pipeline.items()
        if "script" in job
    }


def _of_github(job: dict[str, Any]) -> Job:
    (checkout,) = [s for s in job["steps"] if "actions/checkout" in s.get("uses", "")]
    return Job(
        steps=[step["run"] for step in job["steps"] if "run" in step],
        depth=checkout["with"].get("fetch-depth", 1),
        variables=job.get("env", {}),
        has_services="services" in job,
    )


def _of_gitlab(job: dict[str, Any], pipeline: dict[str, Any]) -> Job:
    variables = {**pipeline["variables"], **job.get("variables", {})}
    return Job(
        steps=job["script"],
        depth=int(variables.pop("GIT_DEPTH", 20)),
        variables={name: variables[name] for name in variables.keys() - CACHE},
        has_services=bool(job.get("services", pipeline["default"].get("services"))),
    )


def checked_out(project: Project, name: str, folder: Path) -> Project:
    """Check a pull request out for a job, as actions/checkout and GitLab's runner do.

    The servers of the tests stand in for those that the job or its compose.yaml starts.
    """
    job = jobs(project.path)[name]
    origin, checkout = folder / "origin.git", folder / f"checkout-{name}"
    if not origin.exists():
        _pull_request(project.path, origin)
    checkout.mkdir()
    git(checkout, "init", "--quiet", "--initial-branch=main")
    git(checkout, "remote", "add", "origin", origin.as_uri())
    github = (project.path / GITHUB).exists()
    commit = "refs/remotes/pull/1/merge" if github else "refs/pipelines/1"
    wanted = [f"+{'refs/pull/1/merge' if github else commit}:{commit}"]
    how = [f"--depth={job.depth}", "--no-tags"]
    if job.depth == 0:
        how, wanted = [], [BRANCHES, TAGS, *wanted]
    git(checkout, "fetch", "--quiet", "--prune", *how, "origin", *wanted)
    git(checkout, "checkout", "--quiet", "--force", "--detach", commit)
    servers = {} if job.has_services else project.variables
    own = {
        name: project.variables.get(name, "misspelt") if "://" in value else value
        for name, value in job.variables.items()
    }
    return Project(checkout, variables={"CI": "true", **servers, **own})


def _pull_request(project: Path, origin: Path) -> None:
    """Make a forge's copy of a repository, with a branch that asks to be merged."""
    git(project, "clone", "--quiet", "--bare", str(project), str(origin))
    main = git(origin, "rev-parse", "main").strip()
    head = _commit(origin, main, "Work")
    git(origin, "update-ref", "refs/heads/work", head)
    git(origin, "update-ref", "refs/pipelines/1", head)
    merge = _commit(origin, main, "Merge", "-p", head)
    git(origin, "update-ref", "refs/pull/1/merge", merge)


def _commit(origin: Path, parent: str, message: str, *options: str) -> str:
    command = ("commit-tree", "main^{tree}", "-p", parent, *options, "-m", message)
    return git(origin, *command).strip()
