"""The files around a rendered project's code: CI, containers, hooks, what is ignored.

What they do is tested by running them (tests/matrix/test_cells.py). Here they are read: each is
valid for its program, they agree with one another, none speaks of what was not chosen.
"""

import ast
import json
import re
import shutil
import subprocess
import sysconfig
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import cells
import pytest
import yaml
from conftest import ROOT, Render
from matrix.forges import jobs

Answers = dict[str, str]

CELLS = [cell.answers for cell in cells.CELLS]
PROJECTS = [{**cell, "ci": "github"} for cell in CELLS]
PROJECTS += [{**cell, "ci": "gitlab"} for cell in CELLS if cell["web"] != "flask"]
ACTIONS = {"actions/checkout", "actions/upload-artifact", "astral-sh/setup-uv"}
CHECKED = [*PROJECTS]  # by a forge
PROJECTS += [{"database": "sqlite", "web": "none", "concurrency": "sync", "ci": "none"}]

# What a project may say only if it was chosen.
WORDS = {
    "database": {
        "postgresql": r"postgres|psycopg|\bpg_",
        "mysql": r"mysql|mariadb|asyncmy",
        "sqlite": r"sqlite",
    },
    "web": {
        "fastapi": r"fastapi|starlette",
        "flask": r"flask|a2wsgi|werkzeug",
    },
    "concurrency": {
        "async": r"asyncmy|aiosqlite|asyncio|\bawait\b",
        "sync": r"pymysql|pysqlite",
    },
    "ci": {
        "github": r"github[ -]actions|\.github|dependabot",
        "gitlab": r"gitlab|\.uv-cache",
    },
}
# FastAPI's lifespan is async in both styles, and so is the server; the answers say where the template lives.
SPOKEN_OF_ALL_THE_SAME = {
    # Data may come from another database than the project's own.
    "database": ("src/*/copy_data.py",),
    "concurrency": (
        "src/*/access_log.py",
        "src/*/middleware.py",
        "src/*/sessions.py",
        "src/*/turns.py",
        "src/*/web.py",
        "src/*/serving.py",
        "src/my_service/routes.py",
        "src/*/threads.py",
    ),
    "ci": (".copier-answers.yml", "new_subject.py"),
}


def each(projects: list[Answers]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "answers", projects, ids=["-".join(answers.values()) for answers in projects]
    )


@pytest.fixture(scope="module")
def projects(render: Render) -> list[Path]:
    return [render(**answers) for answers in PROJECTS]


# --- Each file is valid for the program that reads it ---


@pytest.mark.parametrize(
    ("schema", "name", "least"),
    [
        ("vendor.github-workflows", ".github/workflows/*.yml", 15),
        ("vendor.dependabot", ".github/dependabot.yml", 15),
        ("vendor.gitlab-ci", ".gitlab-ci.yml", 12),
        ("vendor.renovate", "renovate.json", 12),
        ("vendor.compose-spec", "compose.yaml", 22),
    ],
)
def test_schema(projects: list[Path], schema: str, name: str, least: int) -> None:
    files = [file for project in projects for file in project.glob(name)]
    assert len(files) >= least
    tool("check-jsonschema", f"--builtin-schema={schema}", *files, *ROOT.glob(name))


def test_workflows_pass_the_audit(projects: list[Path]) -> None:
    audited = [project for project in projects if (project / ".github").exists()]
    tool(
        "zizmor",
        "--offline",
        "--pedantic",
        "--strict-collection",
        "--no-progress",
        *audited,
        ROOT / ".github",
    )


@each(PROJECTS)
def test_yaml_is_read_as_meant(render: Render, answers: Answers) -> None:
    """No key twice (the last would win), no word that YAML takes for a truth value."""
    for file in files_of(render(**answers)):
        if file.suffix in {".yml", ".yaml"}:
            list(yaml.load_all(file.read_text(), StrictLoader))


@each(PROJECTS)
def test_no_gap_is_left_by_what_was_not_chosen(
    render: Render, answers: Answers
) -> None:
    project = render(**answers)
    for file in [
        *project.glob(".*.y*ml"),
        *project.glob(".[!g]*ignore"),
        *project.glob(".github/**/*.yml"),
    ]:
        text = file.read_text()
        assert text == text.strip() + "\n", (
            f"{file.name} begins or ends with a blank line"
        )
        assert "\n\n\n" not in text, f"{file.name} has two blank lines"
    for name in ("compose.yaml", "Dockerfile", ".env.example"):
        text = (project / name).read_text() if (project / name).exists() else "\n"
        assert text == text.strip() + "\n", name
        assert "\n\n\n\n" not in text, name


# --- No file speaks of what was not chosen ---


@each(PROJECTS)
def test_only_what_was_chosen_is_named(render: Render, answers: Answers) -> None:
    project = render(**answers)
    for question, words in WORDS.items():
        unwanted = re.compile(
            "|".join(
                word for answer, word in words.items() if answer != answers[question]
            ),
            re.IGNORECASE,
        )
        for file in files_of(project):
            name = file.relative_to(project).as_posix()
            if name.startswith("conventions/"):
                continue  # it is the same for every project
            if any(
                fnmatch(name, pattern)
                for pattern in SPOKEN_OF_ALL_THE_SAME.get(question, ())
            ):
                continue
            found = unwanted.search(f"{name}\n{file.read_text()}")
            assert not found, (
                f"{name} says {found and found[0]!r}, the {question} is {answers[question]}"
            )


@each(PROJECTS)
def test_files_of_an_answer(render: Render, answers: Answers) -> None:
    project = render(**answers)
    assert (project / ".github").exists() == (answers["ci"] == "github")
    assert (project / ".gitlab-ci.yml").exists() == (answers["ci"] == "gitlab")
    assert (project / ".env.example").exists()
    assert (project / "compose.yaml").exists() == (
        answers["database"] != "sqlite" or answers["web"] != "none"
    )


# --- GitHub and GitLab run the project's commands, on one set of versions ---


def test_actions_are_pinned_by_hash(projects: list[Path]) -> None:
    pins: dict[str, set[str]] = {}
    for file in workflows(*projects, ROOT):
        for action, pin in re.findall(r"uses: ([^@\s]+)@?(.*)", file.read_text()):
            assert re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", pin), (
                f"{file}: {action}@{pin}"
            )
            pins.setdefault(action, set()).add(pin)
    assert set(pins) == ACTIONS
    assert all(len(versions) == 1 for versions in pins.values()), (
        f"one action in two versions: {pins}"
    )


def test_workflows_may_do_little_and_not_for_long(projects: list[Path]) -> None:
    for file in workflows(*projects, ROOT):
        workflow = yaml.safe_load(file.read_text())
        assert workflow["permissions"] == {}
        assert workflow["concurrency"]["cancel-in-progress"] is True
        for job in workflow["jobs"].values():
            # Whoever opens a pull request may push a branch, and do nothing else.
            opens = any("gh pr create" in step.get("run", "") for step in job["steps"])
            allowed = {"contents": "write", "pull-requests": "write"}
            assert job["permissions"] == (allowed if opens else {"contents": "read"})
            assert job["timeout-minutes"] <= 60
            (checkout,) = [
                step for step in job["steps"] if "checkout" in step.get("uses", "")
            ]
            assert checkout["with"].pop("fetch-depth", 0) == 0
            assert checkout["with"] == {"persist-credentials": False}


@each(CHECKED)
def test_ci_runs_when_and_how_it_has_to(render: Render, answers: Answers) -> None:
    """On the main branch and on what asks to be merged; weekly for a newer template."""
    project = render(**answers)
    found = jobs(project)
    for name in ("check", "lower-bounds"):
        assert found[name].depth == 0, "G11 compares with the main branch"
    assert found["lower-bounds"].variables["UV_RESOLUTION"] == "lowest-direct"
    urls = {name for name, value in found["check"].variables.items() if "://" in value}
    servers = answers["database"] != "sqlite"
    assert urls == ({"DATABASE_URL", "TEST_DATABASE_URL"} if servers else set())
    if answers["ci"] == "gitlab":
        pipeline = yaml.safe_load((project / ".gitlab-ci.yml").read_text())
        conditions = [rule["if"] for rule in pipeline["workflow"]["rules"]]
        assert conditions == [
            '$CI_PIPELINE_SOURCE == "merge_request_event"',
            "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH",
        ]
        for name in ("template", "dependencies"):
            assert pipeline[name]["rules"] == [{"if": conditions[1]}]
            assert pipeline[name]["allow_failure"] is True


@each([answers for answers in PROJECTS if answers["ci"] == "github"])
def test_workflows_run_when_they_have_to(render: Render, answers: Answers) -> None:
    project = render(**answers)
    # YAML reads the key `on` as a truth value.
    ci = yaml.safe_load((project / ".github/workflows/ci.yml").read_text())
    assert ci[True] == {"push": {"branches": ["main"]}, "pull_request": None}
    weekly = yaml.safe_load((project / ".github/workflows/weekly.yml").read_text())
    assert set(weekly[True]) == {"schedule", "workflow_dispatch"}
    (schedule,) = weekly[True]["schedule"]
    assert re.fullmatch(r"\d{1,2} \d{1,2} \* \* [0-6]", schedule["cron"])


@each([answers for answers in PROJECTS if answers["ci"] == "github"])
def test_dependabot_and_the_template_move_different_lines(
    render: Render, answers: Answers
) -> None:
    """Or each version of the template would be a conflict in each project."""
    project = render(**answers)
    text = (project / ".github/dependabot.yml").read_text()
    updates = {one["package-ecosystem"]: one for one in yaml.safe_load(text)["updates"]}
    assert set(updates) == {"uv", "github-actions"}
    assert updates["uv"]["versioning-strategy"] == "lockfile-only"  # never rendered
    ignored = {one["dependency-name"] for one in updates["github-actions"]["ignore"]}
    assert ignored == ACTIONS
    for one in updates.values():
        assert one["directory"] == "/"
        assert one["schedule"]["interval"] in {"weekly", "monthly"}


@each([answers for answers in PROJECTS if answers["ci"] == "gitlab"])
def test_renovate_and_the_template_move_different_lines(
    render: Render, answers: Answers
) -> None:
    renovate = json.loads((render(**answers) / "renovate.json").read_text())
    assert renovate["enabledManagers"] == ["copier", "pep621"]
    assert renovate["rangeStrategy"] == "update-lockfile"
    waits = {
        manager: rule["minimumReleaseAge"]
        for rule in renovate["packageRules"]
        if "minimumReleaseAge" in rule
        for manager in rule["matchManagers"]
    }
    assert waits == {"copier": "0 days"}, "tags have no date"


@each([answers for answers in PROJECTS if answers["ci"] == "github"])
def test_ci_builds_the_image_and_calls_it(render: Render, answers: Answers) -> None:
    """Docker is not here: what the steps name is there, in compose.yaml and in the code."""
    project = render(**answers)
    steps = jobs(project)["image"].steps
    if answers["web"] != "none":
        services = yaml.safe_load((project / "compose.yaml").read_text())["services"]
        assert steps[0] == "docker compose up --build --detach app"
        port = services["app"]["ports"][0].removeprefix("127.0.0.1:${PORT:-")
        assert steps[1].endswith(f" http://127.0.0.1:{port[:4]}/health/ready")
    elif answers["database"] != "sqlite":
        assert steps[0] == "docker compose run --build --rm migrate"
        assert steps[1] == "docker compose run --rm migrate my-service ready"
    else:
        assert steps[0] == "docker build --tag my-service ."
        assert "my-service ready" in steps[1]


@each(PROJECTS)
def test_no_module_is_left_over(render: Render, answers: Answers) -> None:
    """Each module of the package is imported by another, or is where a program begins."""
    project = render(**answers)
    (package,) = project.glob("src/*")
    modules = {
        file.relative_to(package).with_suffix("").as_posix().replace("/", ".")
        for file in package.rglob("*.py")
        if file.stem not in ("__init__", "__main__")
    }
    imported = {"database.backfill"}  # by revisions that change data
    imported |= {  # by subjects.py
        name for name in modules if re.fullmatch(r"\w+\.(routes|commands)", name)
    }
    for file in [*package.rglob("*.py"), *(project / "migrations").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                above = file.parent.relative_to(package).parts if node.level else ()
                above = above[: len(above) - node.level + 1]
                start = (node.module or "").removeprefix(package.name).lstrip(".")
                module = ".".join([*above, *filter(None, [start])])
                imported |= {
                    module,
                    *(f"{module}.{a.name}".lstrip(".") for a in node.names),
                }
            elif isinstance(node, ast.Import):
                imported |= {
                    a.name.removeprefix(f"{package.name}.") for a in node.names
                }
    assert modules - imported == set()


@each(CHECKED)
def test_ci_runs_commands_of_the_readme(render: Render, answers: Answers) -> None:
    project = render(**answers)
    commands = {name: job.steps for name, job in jobs(project).items()}
    documents = "".join(file.read_text() for file in project.glob("*.md"))
    for command in commands["check"]:
        words = command.removesuffix(" --locked")
        assert re.search(rf"{words}(?![\w-])", documents), f"README.md lacks {words!r}"
    assert commands["check"] == [
        "uv sync --locked",
        "uv run pre-commit run --all-files",
        "uv run alembic upgrade head",
        "uv run alembic check",
        "uv run pytest",
    ]
    assert commands["lower-bounds"] == ["uv sync", "uv run pytest"]


@each(PROJECTS)
def test_versions_are_the_same_everywhere(render: Render, answers: Answers) -> None:
    project = render(**answers)
    texts = {
        file.name: file.read_text()
        for file in files_of(project)
        if file.suffix != ".py"
    }
    servers = {
        server
        for text in texts.values()
        for server in re.findall(r"\b(?:postgres|mysql):[\d.]+", text)
    }
    assert len(servers) == (answers["database"] != "sqlite")

    lowest = re.search(r'requires-python = ">=([\d.]+)"', texts["pyproject.toml"])
    pythons = re.findall(
        r"\bpython(?::|-version: \")(\d\.\d+)",
        texts.get("ci.yml", texts.get(".gitlab-ci.yml", "")),
    )
    newest = set(
        re.findall(r"^FROM python:(\d\.\d+)-slim", texts["Dockerfile"], re.MULTILINE)
    )
    assert lowest
    assert len(newest) == 1
    assert answers["ci"] == "none" or set(pythons) == {*newest, lowest[1]}

    pins = {
        found
        for text in texts.values()
        for found in re.findall(r"pip install (?:--\S+ )*(uv\S*)", text)
    }
    assert len(pins) == 1
    assert re.fullmatch(r"uv==\d+\.\d+\.\d+", pins.pop())


# --- The addresses of databases lead to the databases ---


@each([answers for answers in PROJECTS if answers["database"] == "sqlite"])
def test_address_of_a_file(render: Render, answers: Answers) -> None:
    """The example names a file by its whole path, and the driver that is installed."""
    project = render(**answers)
    url = (project / ".env.example").read_text().split("DATABASE_URL=")[1].strip()
    urls = (project / "src/my_service/database/urls.py").read_text()
    driver = re.search(r'DRIVER = "(.+)"', urls)
    assert driver
    assert url == f"{driver[1]}:////var/lib/my-service/app.db"
    dockerfile = (project / "Dockerfile").read_text()
    assert f"ENV DATABASE_URL={driver[1]}:////data/app.db\n" in dockerfile


@each([answers for answers in PROJECTS if answers["database"] != "sqlite"])
def test_addresses(render: Render, answers: Answers) -> None:
    project = render(**answers)
    port = {"postgresql": 5432, "mysql": 3306}[answers["database"]]
    compose = yaml.safe_load((project / "compose.yaml").read_text())["services"]

    def check(url: str, database: dict[str, Any], host: str) -> None:
        found = re.fullmatch(r"(\w+\+\w+)://(\w+):(\w+)@([\w.]+)(?::(\d+))?/(\w+)", url)
        assert found, url
        dialect, user, password, to, at, name = found.groups()
        assert dialect in (project / "src/my_service/database/urls.py").read_text()
        assert (to, int(at or port)) == (host, port)
        if answers["database"] == "postgresql":
            assert (user, password, name) == (
                database["POSTGRES_USER"],
                database["POSTGRES_PASSWORD"],
                user,
            )
        else:
            passwords = {
                database["MYSQL_USER"]: database["MYSQL_PASSWORD"],
                "root": database["MYSQL_ROOT_PASSWORD"],
            }
            assert passwords[user] == password
            assert name == database["MYSQL_DATABASE"]

    database = compose["database"]["environment"]
    example = (project / ".env.example").read_text()
    assert f"DATABASE_PORT={port}\n" in example
    url = example.split("DATABASE_URL=")[1].strip()
    check(url.replace("${DATABASE_PORT}", str(port)), database, "127.0.0.1")
    own_port = f"127.0.0.1:${{DATABASE_PORT:-{port}}}:{port}"
    assert compose["database"]["ports"] == [own_port]
    for service in set(compose) - {"database"}:
        check(compose[service]["environment"]["DATABASE_URL"], database, "database")
    if answers["ci"] == "github":
        job = yaml.safe_load((project / ".github/workflows/ci.yml").read_text())[
            "jobs"
        ]["check"]
        for url in job["env"].values():
            check(url, job["services"]["database"]["env"], "127.0.0.1")
        assert job["services"]["database"]["ports"] == [f"{port}:{port}"]
        assert "--health-cmd" in job["services"]["database"]["options"]
    if answers["ci"] == "gitlab":
        ci = yaml.safe_load((project / ".gitlab-ci.yml").read_text())
        (service,) = ci["default"]["services"]
        for name in ("DATABASE_URL", "TEST_DATABASE_URL"):
            check(ci["variables"][name], service["variables"], service["alias"])


# --- Containers ---


# A command line with SQLite has no services.
@each([one for one in CELLS if (one["database"], one["web"]) != ("sqlite", "none")])
def test_compose(render: Render, answers: Answers) -> None:
    project = render(**answers, ci="github")
    compose = yaml.safe_load((project / "compose.yaml").read_text())
    services = compose["services"]
    own_database, served = answers["database"] != "sqlite", answers["web"] != "none"
    assert set(services) == {"migrate"} | ({"database"} if own_database else set()) | (
        {"app"} if served else set()
    )
    assert services["migrate"]["command"] == ["alembic", "upgrade", "head"]
    if own_database:
        assert services["migrate"]["depends_on"] == {
            "database": {"condition": "service_healthy"}
        }
    if served:
        assert services["app"]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"}
        }
        assert "/health/ready" in services["app"]["healthcheck"]["test"][-1]
        assert services["app"]["environment"]["SECRET_KEY"].startswith("${SECRET_KEY:-")
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        assert ("DATABASE_URL" in service.get("environment", {})) == (
            own_database and service is not services.get("database")
        )
        volumes = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert volumes <= set(compose["volumes"])
    keeper = services["database" if own_database else "app"]
    assert keeper["volumes"], "the data would be lost with the container"


@each(CELLS)
def test_dockerfile(render: Render, answers: Answers) -> None:
    project = render(**answers, ci="github")
    build, image = stages(project / "Dockerfile")
    script = project_table(project)["name"]
    served = answers["web"] != "none"

    assert build["FROM"] == [image["FROM"][0] + " AS build"]
    assert all(
        "uv sync --locked --no-dev" in run for run in build["RUN"] if "uv sync" in run
    )
    assert "--no-install-project" in build["RUN"][1], (
        "the dependencies are not a layer of their own"
    )
    assert build["COPY"][0].split() == ["pyproject.toml", "uv.lock", "./"]
    assert re.fullmatch(r"pip install --no-cache-dir uv==[\d.]+", build["RUN"][0])

    assert not [
        run for run in image["RUN"] if re.search(r"\b(pip|uv|apt-get|gcc)\b", run)
    ], "build tools"
    assert image["WORKDIR"] == ["/app"]
    copied = dict(
        copy.removeprefix("--from=build /app/").split() for copy in image["COPY"]
    )
    assert copied == {
        ".venv": ".venv",
        "pyproject.toml": "./",
        "migrations": "migrations",
        "src": "src",
    }
    assert "PYTHONUNBUFFERED=1" in image["ENV"][0]
    assert int(image["USER"][0]) > 0
    assert image["RUN"][0] == f"useradd --uid {image['USER'][0]} --create-home app"
    assert image["STOPSIGNAL"] == (["SIGTERM"] if served else ["SIGINT"])
    assert ("HEALTHCHECK" in image, "EXPOSE" in image) == (served, served)
    command = json.loads(image["CMD"][0])
    assert command == (
        [script, "serve", "--host", "0.0.0.0"] if served else [script, "--help"]
    )
    if served:
        assert "/health/live" in image["HEALTHCHECK"][0]

    sources = [source for copy in build["COPY"] for source in copy.split()[:-1]]
    assert all((project / source).exists() for source in sources if source != "uv.lock")
    ignored = (project / ".dockerignore").read_text().split()
    assert not [
        source
        for source in sources
        if any(fnmatch(source, pattern) for pattern in ignored)
    ]
    assert {".env", ".git", ".venv"} <= set(ignored)


# --- Hooks and what git leaves out ---


@each(CELLS)
def test_hooks_run_the_locked_tools_without_network(
    render: Render, answers: Answers
) -> None:
    project = render(**answers, ci="github")
    (repository,) = yaml.safe_load((project / ".pre-commit-config.yaml").read_text())[
        "repos"
    ]
    assert repository["repo"] == "local"
    tools = {}
    marks, *hooks = repository["hooks"]
    assert (marks["id"], marks["language"]) == ("conflicts", "pygrep")
    for hook in hooks:
        assert hook["language"] == "unsupported"
        assert hook["entry"].startswith("uv run ")
        tools[hook["id"]] = hook["entry"].split()[2]
    groups = tomllib.loads((project / "pyproject.toml").read_text())[
        "dependency-groups"
    ]
    installed = {
        re.split("[^a-z-]", package)[0].removesuffix("-cli")
        for package in groups["dev"]
    }
    assert set(tools.values()) == {"ruff", "mypy", "python"}
    assert {"pre-commit", "ruff", "mypy"} <= installed


@each(CELLS)
def test_gitignore(render: Render, answers: Answers, tmp_path: Path) -> None:
    project = render(**answers, ci="github")
    shutil.copy(project / ".gitignore", tmp_path)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)

    def ignored(*names: str) -> set[str]:
        command = [
            "git",
            "-c",
            "core.excludesFile=",
            "-C",
            str(tmp_path),
            "check-ignore",
            *names,
        ]
        return set(
            subprocess.run(
                command, check=False, capture_output=True, text=True
            ).stdout.split()
        )

    secrets = {
        ".env",
        ".venv/x",
        "src/my_service/__pycache__/x.pyc",
        ".mypy_cache/x",
        ".ruff_cache/x",
    }
    # Also where the database is another one now: a project may come from SQLite.
    secrets |= {"app.db", "app.db-wal", "app.db-shm"}
    assert ignored(*secrets) == secrets
    rendered = [file.relative_to(project).as_posix() for file in files_of(project)]
    assert not ignored("uv.lock", *rendered), (
        "git would never see a file of the template"
    )


# --- The template's own workflow ---


def test_every_cell_has_a_job() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())
    named = {"-".join(cell.values()) for cell in CELLS}
    jobs = {
        name: job["strategy"]["matrix"]
        for name, job in workflow["jobs"].items()
        if "strategy" in job
    }
    assert set(jobs["cell"]["cell"]) == named
    assert jobs["cell"]["python"] == ["3.11", "3.14"]
    assert jobs["python"]["python"] == ["3.12", "3.13", "3.15"]
    databases, frameworks, styles = zip(
        *(cell.split("-") for cell in jobs["python"]["cell"]), strict=True
    )
    assert len(set(databases)) == len(set(frameworks)) == 3 > len(set(styles)) == 2
    assert set(jobs["mysql"]["cell"]) == {
        cell for cell in named if cell.startswith("mysql")
    }


# --- Reading ---


class StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice, and a plain word that YAML 1.1 reads as a truth value."""

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key stands twice: {keys}"
        return dict(super().construct_mapping(node, deep))

    def construct_yaml_bool(self, node: yaml.ScalarNode) -> bool:
        assert node.value in {"true", "false", "on"}, (
            f"{node.value!r} is read as a truth value"
        )
        return bool(super().construct_yaml_bool(node))


StrictLoader.add_constructor("tag:yaml.org,2002:bool", StrictLoader.construct_yaml_bool)


def tool(name: str, *arguments: str | Path) -> None:
    command = [Path(sysconfig.get_path("scripts"), name), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def files_of(project: Path) -> Iterator[Path]:
    return (
        file
        for file in sorted(project.rglob("*"))
        if file.is_file() and ".git" not in file.parts
    )


def workflows(*folders: Path) -> list[Path]:
    return [
        file for folder in folders for file in folder.glob(".github/workflows/*.yml")
    ]


def project_table(project: Path) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((project / "pyproject.toml").read_text())[
        "project"
    ]
    return table


def stages(dockerfile: Path) -> list[dict[str, list[str]]]:
    """The instructions of each stage: what follows a keyword, in order; options of RUN are left out."""
    found: list[dict[str, list[str]]] = []
    lines = (
        re.sub(r"^#.*\n", "", dockerfile.read_text(), flags=re.MULTILINE)
        .replace("\\\n", " ")
        .splitlines()
    )
    for keyword, rest in (line.split(maxsplit=1) for line in lines if line):
        if keyword == "FROM":
            found.append({})
        value = re.sub(r"^--mount=\S+\s+", "", rest) if keyword == "RUN" else rest
        found[-1].setdefault(keyword, []).append(re.sub(r"\s+", " ", value))
    return found


# --- Code in the README is code that a test runs ---


def test_the_problem_of_the_readme_is_tested(render: Render) -> None:
    project = render(
        database="sqlite", web="flask", concurrency="sync", exhaustive=True
    )
    readme = (project / "README.md").read_text("utf-8")
    code = re.findall(
        r"```python\n(class \w+\(ProblemError\).*?)```", readme, re.DOTALL
    )
    assert len(code) == 1
    assert code[0] in (project / "tests/exhaustive/test_problems.py").read_text("utf-8")
