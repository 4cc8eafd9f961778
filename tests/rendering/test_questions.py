"""The questions of copier.yml: what is refused and how, what is accepted, what is remembered."""

import keyword
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import partial
from pathlib import Path
from typing import Any

import copier
import pytest
import yaml
from copier.errors import UserMessageError
from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from packaging.version import parse

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "copier.yml").read_text())
ASKED = {
    name: question
    for name, question in CONFIG.items()
    if not name.startswith("_") and "when" not in question
}
COMPUTED = [
    name
    for name, question in CONFIG.items()
    if not name.startswith("_") and "when" in question
]
JINJA = SandboxedEnvironment(
    loader=FileSystemLoader(ROOT),
    extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
    **{**CONFIG["_envops"], "undefined": StrictUndefined},
)
NAMES = vars(JINJA.get_template("hooks/names.jinja").module)
LISTS = vars(JINJA.get_template("hooks/reserved.jinja").module)["reserved"]
RESERVED = [names.split() for names in LISTS.values()]
TAKEN = [name for names in RESERVED for name in names]
ANSWERS_FILE = ".copier-answers.yml"

copy = partial(
    copier.run_copy,
    defaults=True,
    unsafe=False,
    quiet=True,
    settings=copier.Settings(),
)
update = partial(
    copier.run_update,
    defaults=True,
    unsafe=False,
    quiet=True,
    overwrite=True,
    settings=copier.Settings(),
)


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The template as it is on the disk, without its git."""
    src = tmp_path_factory.mktemp("real")
    shutil.copy(ROOT / "copier.yml", src)
    for part in "hooks", "template":
        shutil.copytree(ROOT / part, src / part)
    return str(src)


@pytest.fixture(scope="session")
def template(real: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same questions before two small files."""
    src = tmp_path_factory.mktemp("small")
    shutil.copy(Path(real, "copier.yml"), src)
    shutil.copytree(Path(real, "hooks"), src / "hooks")
    answers_file = "{{ _copier_conf.answers_file }}"
    package = src / "template/src/{{ package_name }}"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('"""{{ project_name }}."""\n')
    shutil.copy(Path(real, "template", answers_file), src / "template")
    return str(src)


def stored(project: Path) -> dict[str, Any]:
    answers = yaml.safe_load((project / ANSWERS_FILE).read_text())
    return {name: answers[name] for name in answers if not name.startswith("_")}


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def git(project: Path, *args: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@localhost"]
    return subprocess.check_output(["git", *identity, *args], cwd=project, text=True)


def commit(project: Path) -> None:
    git(project, "init", "--quiet")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message=All")


# --- What is refused ----------------------------------------------------------

BAD_PACKAGES = {
    # not a name
    "": "service",
    " ": "service",
    "My_App": "my_app",
    "my app": "my_app",
    "my-app": "my_app",
    "my.app": "my_app",
    "a/b": "a_b",
    "../x": "x",
    "..": "service",
    "/etc": "etc",
    "c:\\x": "c_x",
    "1abc": "service_1abc",
    "_app": "app",
    "__init__": "init",
    "app_": "app",
    "my__app": "my_app",
    "app\n": "app",
    "\napp": "app",
    "app\nimport os": "app_import_os",
    "app\r": "app",
    "app\0": "app",
    "\u0430pp": "pp",  # a Cyrillic letter
    "\uff41pp": "pp",  # a full-width letter
    "na\u00efve": "naive",
    "app\u0661": "app",  # an Arabic digit
    "{{ 7*7 }}": "service_7_7",
    "$(id)": "id",
    # a name, but not to be used
    "class": "class_service",
    "match": "match_service",
    "type": "type_service",
    "case": "case_service",
    "_": "service",
    "true": "true_service",
    "null": "null_service",
    "types": "types_service",
    "json": "json_service",
    "tomllib": "tomllib_service",
    "distutils": "distutils_service",
    "annotationlib": "annotationlib_service",
    "sqlalchemy": "sqlalchemy_service",
    "pydantic_settings": "pydantic_settings_service",
    "ast_grep_cli": "ast_grep_cli_service",
    "typing_extensions": "typing_extensions_service",
    "tests": "tests_service",
    "test": "test_service",
    "migrations": "migrations_service",
    "conventions": "conventions_service",
    "src": "src_service",
    "python": "python_service",
    "mysql": "mysql_service",
    "con": "con_service",
    "com1": "com1_service",
    "a" * 41: "a" * 40,
    "a" * 300: "a" * 40,
}
BAD_TITLES = [
    "",
    " ",
    " Shop",
    "Shop ",
    "Shop\n",
    "Shop\nimport os",
    "Shop\t1",
    "Shop\0",
    "Shop\x1b[31m",
    "Shop\u00a01",  # a space that does not break
    "Shop\u202e1",  # right to left from here
    "Shop\u20281",  # a line separator
    "Bob's Shop",
    "Bob\u2019s Shop",  # a curly apostrophe
    "Shop\uff01",  # a full-width exclamation mark
    'The "Shop"',
    "Shop\\",
    "`Shop`",
    "{{ shop }}",
    "{Shop}",
    "<b>Shop</b>",
    "Shop: 2",
    "Shop #2",
    "[Shop](x)",
    "*Shop*",
    "$HOME",
    "100%",
    "-Shop",
    "_Shop_",
    "a" * 61,
]
BAD_DESCRIPTIONS = [
    "one\ntwo",
    "one\n",
    "a\0b",
    'a "shop"',
    "a \\ shop",
    "a `shop`",
    "a {{ shop }}",
    "a <b>",
    "a $HOME",
    "a" * 201,
]
REFUSED: list[tuple[dict[str, Any], str]] = [
    *(({"package_name": n}, f'as in "{o}": package') for n, o in BAD_PACKAGES.items()),
    *(({"project_name": title}, ": project_name ") for title in BAD_TITLES),
    *(({"description": text}, ": description ") for text in BAD_DESCRIPTIONS),
    *(({name: None}, f": {name} cannot be null.") for name in ASKED),
    *(({name: ["x"]}, f': {name} cannot be ["x"].') for name in ASKED),
    *(({name: "x"}, f": {name} is not a question.") for name in COMPUTED),
    ({"databse": "mysql"}, "Use project_name, package_name, "),
    ({"_commit_": "x"}, "is not a question"),
    ({"database": "oracle"}, "Use sqlite, postgresql, mysql: "),
    ({"database": "SQLite"}, "Use sqlite, postgresql, mysql: "),
    ({"web": "django"}, "Use fastapi, flask, none: "),
    ({"concurrency": "maybe"}, "Use async, sync: "),
    ({"ci": ""}, "Use github, gitlab, none: "),
    ({"license": "mit"}, "Use none, MIT, Apache-2.0: "),
    ({"example": "flase"}, "Use true or false: "),
    ({"example": ""}, "Use true or false: "),
    ({"example": 2}, "Use true or false: example cannot be 2."),
    ({"concurrency": "async", "web": "flask"}, "Use sync, or web=fastapi: "),
    ({"extras": "copy-data"}, "Use a list of copy-data, comments"),
    ({"extras": "[copy_data]"}, ', as in "[copy-data]": '),
    ({"extras": ["copy-data", "x"]}, "Use a list of "),
    ({"extras": {"copy-data": True}}, "Use a list of "),
    ({"extras": True}, "Use a list of "),
    ({"extras": "[copy-data copy-data]"}, "Use a list of "),
]

# Whose refusals are short: the mend of a package's name quotes another name, and no dialogue
# asks what is no question.
SHORT = {
    "project_name",
    "description",
    "database",
    "web",
    "concurrency",
    "example",
    "ci",
    "license",
}


@pytest.mark.parametrize(("answers", "mend"), REFUSED)
def test_refuses_in_one_sentence(
    template: str, tmp_path: Path, answers: dict[str, Any], mend: str
) -> None:
    with pytest.raises(UserMessageError) as refusal:
        copy(template, tmp_path / "new", data=answers)
    sentence = str(refusal.value)
    field = next(iter(answers))
    begin, _, end = sentence.partition(f": {field} ")
    # The mend comes first, and is seen in a terminal of 80 columns.
    assert begin.startswith(
        ("'None' has no attribute 'Use ", "'None' has no attribute 'Leave ")
    )
    assert len(begin) <= len("'None' has no attribute '") + 80 or field not in SHORT
    assert end.endswith(".'")
    assert mend in sentence
    assert "\n" not in sentence
    assert not (tmp_path / "new").exists()


def test_leaves_what_was_there(template: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    before = contents(tmp_path)
    with pytest.raises(UserMessageError):
        copy(template, tmp_path, data={"package_name": "class"})
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"package_name": "class"}, "which is a word of Python"),
        ({"project_name": "a\nb"}, 'project_name cannot be "a\\nb"'),
        ({"description": "a\nb"}, 'description cannot be "a\\nb"'),
        ({"database": "oracle"}, "Invalid choice for 'database'"),
        ({"web": "flask", "concurrency": "async"}, "Flask is sync only"),
    ],
)
def test_refuses_what_is_typed(
    template: str, tmp_path: Path, answers: dict[str, str], reason: str
) -> None:
    """Other answers than data, a person's among them, go through the validators."""
    with pytest.raises(ValueError, match=re.escape(reason)):
        copy(template, tmp_path / "new", user_defaults=answers)
    assert not (tmp_path / "new").exists()


# --- What is accepted ---------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        ({}, {"project_name": "My Service", "package_name": "my_service"}),
        ({}, {"database": "sqlite", "web": "fastapi", "concurrency": "async"}),
        ({}, {"description": "", "example": True, "ci": "github"}),
        ({"web": "flask"}, {"concurrency": "sync"}),
        ({"web": "none"}, {"concurrency": "sync"}),
        ({"web": "none", "concurrency": "async"}, {"concurrency": "async"}),
        ({"package_name": "a"}, {}),
        ({"package_name": "shop2"}, {}),
        ({"package_name": "a_1_b"}, {}),
        ({"package_name": "orders"}, {}),
        ({"package_name": "a" * 40}, {}),
        ({"project_name": "Shop & Co. (2), A+B/C - the_1st!"}, {}),
        ({"project_name": "24/7"}, {"package_name": "service_24_7"}),
        ({"project_name": 2026}, {"project_name": "2026"}),
        ({"project_name": "日本"}, {"package_name": "service"}),
        ({"project_name": "Test"}, {"package_name": "test_service"}),
        ({"project_name": "Café Größe"}, {"package_name": "cafe_grosse"}),
        ({"project_name": "Cafe\u0301"}, {"package_name": "cafe"}),
        ({"project_name": "हिन्दी 2"}, {"package_name": "service_2"}),
        ({"project_name": "🛒"}, {"package_name": "service"}),
        ({"project_name": "x" * 60}, {"package_name": "x" * 40}),
        ({"project_name": "9" * 60}, {"package_name": "service_" + "9" * 32}),
        ({"project_name": "a" * 39 + " b"}, {"package_name": "a" * 39}),
        ({"description": "The team's shop: 100 % [sic] #1, *new* & größer?"}, {}),
        ({"description": "x" * 200}, {}),
        ({"example": "false"}, {"example": False}),
        ({"example": "No"}, {"example": False}),
        ({"example": False}, {"example": False}),
        ({"example": "1"}, {"example": True}),
        ({"ci": "none", "database": "mysql"}, {}),
        ({}, {"extras": []}),
        ({"extras": "[copy-data]"}, {"extras": ["copy-data"]}),
        ({"extras": ["copy-data"]}, {"extras": ["copy-data"]}),
    ],
)
def test_accepts(
    template: str, tmp_path: Path, answers: dict[str, Any], kept: dict[str, Any]
) -> None:
    copy(template, tmp_path, data=answers)
    answers_kept = stored(tmp_path)
    assert answers_kept == {**answers_kept, **answers, **kept}
    assert (tmp_path / "src" / answers_kept["package_name"]).is_dir()


def test_package_of_a_taken_title_is_valid() -> None:
    packages = {NAMES["package"](name).strip() for name in TAKEN}
    assert not packages & {*TAKEN}
    assert [name for name in packages if not re.fullmatch(r"[a-z]\w{0,39}", name)] == []


def test_remembers_answers_and_nothing_else(real: str, tmp_path: Path) -> None:
    copy(real, tmp_path)
    assert stored(tmp_path).keys() == ASKED.keys()


# --- The lists ----------------------------------------------------------------


def test_taken_names_are_listed_once_and_in_order() -> None:
    assert len(TAKEN) == len(set(TAKEN))
    assert [sorted(names) for names in RESERVED] == RESERVED
    assert all(re.fullmatch(r"[a-z]\w*", name, re.ASCII) for name in TAKEN)


def test_names_of_this_python_are_taken() -> None:
    names = {*sys.stdlib_module_names, *keyword.kwlist, *keyword.softkwlist}
    assert {n for n in names if n.islower() and n[0] != "_"} <= {*TAKEN}


def test_names_of_dependencies_are_taken() -> None:
    text = (ROOT / "template/pyproject.toml").read_text()
    names = set(re.findall(r'^ *"(\w[\w.-]*)(?:\[\w+\])?[<>=]', text, re.MULTILINE))
    assert "sqlalchemy" in names
    assert {re.sub(r"[-_.]+", "_", name.lower()) for name in names} <= {*TAKEN}


def test_every_question_is_listed_with_its_choices() -> None:
    questions = NAMES["questions"]
    assert questions.keys() >= ASKED.keys()
    for name, question in ASKED.items():
        choices = [
            choice["value"] if isinstance(choice, dict) else choice
            for choice in question.get("choices", {}).values()
        ]
        kind = {"bool": "bool", "str": "text"}[question["type"]]
        assert questions[name] == (choices or kind)


def test_the_lowest_copier_is_the_one_that_is_tested() -> None:
    """With git 2.39, as in Debian 12, Copier 9.19.0 ends in a traceback."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"copier>={CONFIG['_min_copier_version']}" in project["dependencies"]
    assert parse(CONFIG["_min_copier_version"]) >= parse("9.19.1")


def test_needs_no_trust() -> None:
    """No feature that Copier asks about; `unsafe=False` above runs the rest."""
    assert not CONFIG.keys() & {"_tasks", "_jinja_extensions"}
    assert all("version" in migration for migration in CONFIG.get("_migrations", []))


# --- After the first copy -----------------------------------------------------


def test_a_fresh_copy_tells_what_was_changed(real: str, tmp_path: Path) -> None:
    """By the two commands of the guide, whose last word is the folder of the copy."""
    template, project = tmp_path / "template", tmp_path / "project"
    shutil.copytree(real, template)
    commit(template)
    git(template, "tag", "v1.0.0")
    copy(str(template), project, data={"database": "mysql", "project_name": "Shop"})
    readme = project / "README.md"
    guide = (ROOT / "docs/guides/comparing.md").read_text("utf-8")
    render, compare = guide.split("```sh\n")[1].split("\n```")[0].splitlines()
    readme.write_text(readme.read_text("utf-8") + "Ours.\n", "utf-8")
    (project / "ours.txt").write_text("Ours.\n")
    (project / "Dockerfile").unlink()
    render = render.replace("COMMIT", "v1.0.0").replace("SRC_PATH", str(template))
    assert render.startswith("uvx copier copy ")
    command = [sys.executable, "-m", *render.split()[1:]]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    told = subprocess.run(
        ["bash", "-c", compare], cwd=project, check=True, stdout=subprocess.PIPE
    ).stdout.decode()
    changes = [line for line in told.splitlines() if line[0] in "+-O"]
    assert [c for c in changes if c[:3] not in ("+++", "---")] == [
        "Only in ../fresh: Dockerfile",
        "+Ours.",
    ]


def test_package_name_stays(template: str, tmp_path: Path) -> None:
    project = tmp_path / "a [1]"
    copy(template, project, data={"package_name": "shop"})
    before = contents(project)
    with pytest.raises(UserMessageError, match='Leave it at "shop": package_name'):
        copy(template, project, data={"package_name": "store"}, overwrite=True)
    assert contents(project) == before
    answers = {"package_name": "shop", "project_name": "Store"}
    copy(template, project, data=answers, overwrite=True)
    assert stored(project)["project_name"] == "Store"


def test_updates(template: str, tmp_path: Path) -> None:
    source, project = tmp_path / "source", tmp_path / "project"
    shutil.copytree(template, source)
    commit(source)
    git(source, "tag", "v1")
    copy(str(source), project, data={"package_name": "shop"})
    commit(project)
    for answers, sentence in [
        ({"package_name": "store"}, 'Leave it at "shop"'),
        ({"concurrency": "async", "web": "flask"}, "Use sync, or web=fastapi"),
        ({"exmaple": "false"}, "exmaple is not a question"),
    ]:
        with pytest.raises(UserMessageError, match=sentence):
            update(str(project), data=answers)
        assert not git(project, "status", "--porcelain")
    update(str(project), data={"web": "flask", "example": "no"})
    kept = stored(project)
    assert (kept["concurrency"], kept["example"]) == ("sync", False)
    assert kept["package_name"] == "shop"


@pytest.mark.parametrize(
    ("answers", "lines"),
    [
        ({}, ["uv run alembic upgrade head", "uv run my-service serve"]),
        (
            {"database": "mysql", "web": "none"},
            ["docker compose up --detach --wait database", "uv run my-service --help"],
        ),
    ],
)
def test_says_what_comes_next(
    template: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    answers: dict[str, str],
    lines: list[str],
) -> None:
    copy(template, tmp_path / "a b", data=answers, quiet=False)
    said = commands(capsys.readouterr().err)
    assert f"cd '{tmp_path}/a b'" in said
    assert {*lines, "git init -b main", "uv sync", "uv run my-service seed"} <= {*said}
    assert ("cp .env.example .env" in said) == ("database" in answers)


def commands(message: str) -> list[str]:
    """Return the commands of a message, without what is said of them."""
    lines = message.partition(" is ready. Next:")[2].splitlines()
    return [re.sub(r" {2,}\(.*", "", line.strip()) for line in lines if line.strip()]


@pytest.mark.parametrize("kind", ["none", "here", "above", "worktree"])
def test_hooks_check_something_after_what_is_said(
    real: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """What the message says of git is run, in a new repository or in one that is there."""
    mono = tmp_path / "mono [1]"
    project = mono / "a"
    project.mkdir(parents=True)
    if kind != "none":
        git(project if kind == "here" else mono, "init", "--quiet")
    if kind == "worktree":
        git(mono, "commit", "--quiet", "--allow-empty", "--message=Start")
        git(mono, "worktree", "add", "--quiet", str(tmp_path / "linked"))
        project = tmp_path / "linked/a"
    copy(real, project, quiet=False)
    said = commands(capsys.readouterr().err)
    assert ("git init -b main" in said) == (kind == "none")
    identity = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com"}
    identity |= {"GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.com"}
    script = "\n".join(line for line in said if line.startswith(("cd ", "git ")))
    subprocess.run(
        ["bash", "-euc", script],
        cwd=tmp_path,
        env={**os.environ, **identity},
        check=True,
    )
    assert "pyproject.toml" in git(project, "ls-files")
    assert not (project / ".git").is_dir() or kind in ("none", "here")
    branch = git(project, "branch", "--show-current").strip()
    workflow = (project / ".github/workflows/ci.yml").read_text("utf-8")
    assert kind != "none" or f"branches: [{branch}]" in workflow


# --- As it is used ------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "code", "last"),
    [
        (
            ["-d", "package_name=class"],
            1,
            'Use another, as in "class_service": package_',
        ),
        (["-d", "databse=mysql"], 1, "databse is not a question"),
        (["--data-file", "answers.yml"], 1, "example cannot be"),
        (["-d", "web=flask", "-d", "ci=none"], 0, ""),
    ],
)
def test_command(
    template: str, tmp_path: Path, options: list[str], code: int, last: str
) -> None:
    (tmp_path / "answers.yml").write_text("web: flask\nexample: flase\n")
    command = [sys.executable, "-W", "error", "-m", "copier", "copy", "--quiet"]
    run = subprocess.run(
        [*command, "--defaults", *options, template, "new"],
        cwd=tmp_path,
        env={**os.environ, "COPIER_SETTINGS_PATH": str(tmp_path / "answers.yml")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout.strip()) == (code, "")
    assert last in run.stderr
    assert len(run.stderr.splitlines()) == code
    assert (tmp_path / "new").exists() == (code == 0)


def test_pytest_copie_renders_the_template(copie: Any, real: str) -> None:
    result = copie.copy(template_dir=Path(real), extra_answers={"web": "none"})
    assert (result.exit_code, result.exception) == (0, None)
    assert result.answers["concurrency"] == "sync"
    assert (result.project_dir / "src/my_service/__main__.py").is_file()
