"""The command line as a user meets it: words, exit codes, widths, and no traceback."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from remit import cli
from remit.commands import screen

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def remit(monkeypatch, capsys):
    """Run the command line within this process; return exit code, output and errors."""

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["remit", *words])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        said = capsys.readouterr()
        return int(stopped.value.code or 0), said.out, said.err

    yield call
    cli.STATE["debug"] = False


def test_without_arguments_help_with_examples_is_shown(remit):
    code, out, err = remit()
    assert (code, err) == (0, "")
    assert "Usage: remit" in out
    assert "remit run half-price-car-t --draws 1000" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bogus"], "No such command 'bogus'"),
        (["run", "--drawz", "5"], "No such option: --drawz"),
        (["run", "--draws", "many"], "'--draws'"),
        (["run", "--draws", "1e12"], "'--draws'"),
        (["run", "--draws", "0"], "--draws = 0"),
        (["run", "--seed", "-1"], "--seed = -1"),
        (["run", "--jobs", "0"], "'--jobs'"),
        (["run", "nobody"], "there is no scenario 'nobody'"),
        (["run", "--set", "x"], "write NAME=VALUE"),
        (["run", "--only", "nothing"], "no such part"),
        (["sweep"], "Missing argument"),
        (["sweep", "nobody"], "there is no sweep 'nobody'"),
        (["plot", "nowhere"], "no finished run here"),
        (["verify", "--patients", "3"], "--patients: it goes with --engines"),
        (["verify", "--all"], "--all: it goes with --engines"),
        (["verify", "--engines", "--patients", "0"], "'--patients'"),
        (["check", "nobody.yaml"], "there is no such file"),
        (["show", ".."], "there is no scenario"),
    ],
)
def test_a_mistake_of_the_user_is_one_line_and_exit_code_2(remit, words, said):
    code, out, err = remit(*words)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert said in err


def test_a_fault_of_ours_is_one_line_and_exit_code_1(remit, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("oh\nno")

    monkeypatch.setattr("remit.commands.check.params_folder", broken)
    code, _, err = remit("check")
    assert code == 1
    assert err.startswith("Internal error: ZeroDivisionError: oh no (please report it")
    assert len(err.strip().splitlines()) == 1
    code, _, err = remit("--debug", "check")
    assert code == 1
    assert "Traceback" in err
    assert "in broken" in err


def test_check_tells_every_mistake_of_all_files_once(remit):
    assert remit("check")[0] == 0
    for file, old, new in (
        ("costs/netherlands.yaml", "value: 4000", "value: -4000"),
        ("base.yaml", "discount_costs: 0.04", "discount_costs: 3.5"),
        ("sweeps/horizon.yaml", "settings.horizon", "settings.horizn"),
        ("partitioned/thielen2020.yaml", "therapy: clofarabine\n", "therapy: clofarabin\n"),
        ("clinics/scarce.yaml", "places: 13", "places: 0"),
    ):
        path = Path("params", file)
        path.write_text(path.read_text().replace(old, new, 1))
    code, _, err = remit("check")
    lines = err.strip().splitlines()
    assert code == 2
    assert len(lines) == len(set(lines))
    assert sum("cost_active_disease.value = -4000" in line for line in lines) == 1
    assert sum("350% a year" in line for line in lines) == 1
    (structure,) = (line for line in lines if "clofarabin'" in line)
    assert re.match(r"params/partitioned/thielen2020\.yaml:\d+: strategies\.clofarabine\.therapy", structure)
    assert sum("clinics/scarce.yaml" in line and "infusion_bed.places = 0" in line for line in lines) == 1


def test_check_looks_for_the_parameters_of_strategies_that_are_not_compared(remit):
    path = Path("params/strategies.yaml")
    other = "odd:\n  title: Odd\n  lines: [{therapy: blinatumomab}, {therapy: other}]\n"
    path.write_text(path.read_text() + other)
    Path("params/therapies/other.yaml").write_text(
        "therapy: {title: Other, product: infusion, antigens: [CD22]}\nparameters: {}\n"
    )
    code, _, err = remit("check", "base")
    assert code == 2
    assert "p_cr_other: the study needs this parameter and no file gives it" in err


def test_show_names_value_distribution_and_the_file_that_set_it(remit):
    code, out, _ = remit("show", "half-price-car-t")
    assert code == 0
    (line,) = [line for line in out.splitlines() if line.startswith("cost_drug_tisagenlecleucel = ")]
    assert line.startswith("cost_drug_tisagenlecleucel = 160000 EUR")
    assert line.endswith("fixed; assumption; params/scenarios/half-price-car-t.yaml:5")
    assert "  settings.wtp.threshold: 80000" in out
    assert "  settings.cycle: [{length: 1 month, until: 5 years}, {length: 1 year}]" in out


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_of_a_run_fits_and_cuts_no_word(remit, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    code, out, _ = remit("run", "--only", "trace", "--out", "out")
    table = out[: out.index("Beside")].splitlines()
    assert code == 0
    assert max(map(len, table)) <= width
    assert "tisagenlecleucel" in out.split("ICER")[1]
    assert "…" not in out
    assert "Tisagenlecleucel" in out
    assert "Run folder: out" in out


def test_sentences_wrap_by_words_on_a_terminal(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    screen.say("word " * 20)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 40


def test_the_command_starts_without_the_heavy_packages():
    code = (
        "import sys; sys.argv = ['remit', {!r}]\n"
        "from remit.cli import main\n"
        "try: main()\n"
        "except SystemExit as stopped: assert not stopped.code\n"
        "print(sorted({{'scipy', 'pandas', 'matplotlib', 'seaborn', 'pyarrow', 'rich'}} & set(sys.modules)))"
    )
    for word in ("--help", "check"):
        command = [sys.executable, "-c", code.format(word)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
        assert done.stdout.splitlines()[-1] == "[]", word


def test_output_into_a_pipe_that_closes_is_no_error():
    command = f"{sys.executable} -c 'from remit.cli import main; main()' show | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)  # noqa: S602
    assert done.stdout == "Base case\n"
    assert "Traceback" not in done.stderr
    assert "rror" not in done.stderr
