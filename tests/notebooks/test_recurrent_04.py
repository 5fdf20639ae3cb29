"""What the lecture on hidden units claims holds in the numbers it computes."""

import pytest
from claims import execute

PROBE = """
whole_test = test.text()
def described(found):
    return {each.name: {
        "unit": each.unit, "chosen": each.chosen, "score": each.score,
        "low": each.low, "high": each.high,
    } for each in found}
CLAIMS = ({
    "cell": described(chosen), "hidden": described(from_hidden),
    "ladder": {name: described(found) for name, found in ladder.items()},
    "table": {str(unit): dict(zip(names, row)) for unit, row in table.items()},
    "reading_error": float(reading_error),
    "auc": [auc_by_hand, float(auc_by_ranks)], "remembered": remembered.tolist(),
    "files": [set(choice.names).isdisjoint(test.names),
              {*choice.names, *test.names}.isdisjoint(code.train.names)],
    "selection": {part: getattr(selection, part).mean(1).tolist() for part in
        ("chosen", "held_out", "moved_chosen", "moved_held_out")},
    "rows": [{"name": each.name, "unit": each.unit, "inside": each.inside,
        "difference": each.difference, "low": each.low, "high": each.high,
        "random": (each.random_inside - each.random_outside).tolist()} for each in rows],
    "same_place": same_place, "follows": [float(each) for each in follows],
    "along": {str(unit): float(along[unit]) for unit in table},
    "ends": {"unit": ends.unit, "count": ends.count.tolist(), "rise": ends.rise.tolist(),
        "low": ends.low.tolist(), "random": ends.random_rise.max(axis=0).tolist()},
    "needed_score": float(scored.strength("comment")[needed]),
    "hasty": {"unit": hasty.unit, "chosen": hasty.chosen, "score": hasty.score},
    "characters": len(test), "inside": int(min(getattr(test.truth, n).sum() for n in names)),
    "together": together, "first_line": [row[truth["string"]].mean().item()
        - row[~truth["string"]].mean().item() for row in on_line.values()],
    "shape": shown_states.shape, "contexts": len(contexts),
    "view_file": piece.names[0] in code.test.names,
    "view_bytes": len(view._repr_mimebundle_()["text/html"].encode()),
    "held_out_contexts": all(context in whole_test
        for found in contexts.values() for context, _ in found),
})
"""
AUCS = ("string", "if_header", "docstring", "comment")


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("recurrent/04_what_hidden_units_learn", PROBE, tmp_path_factory)


@pytest.mark.slow
class TestClaims:
    def test_choosing_scoring_and_training_never_share_a_file(self, executed):
        assert executed.files == [True, True]

    @pytest.mark.parametrize(
        ("name", "least"),
        [("string", 0.98), ("if_header", 0.93), ("docstring", 0.90), ("comment", 0.88)],
    )
    def test_single_units_tell_properties_on_other_files(self, executed, name, least):
        found = executed.cell[name]
        assert found["score"] > least
        assert found["low"] > 0.75 and found["low"] < found["score"] < found["high"]

    def test_the_quote_cell_is_the_shipped_networks_unit_366(self, executed):
        assert executed.cell["string"]["unit"] == 366
        assert executed.first_line[0] > 0.5 > abs(executed.first_line[1])

    def test_two_units_tell_one_property_and_two_tell_more(self, executed):
        quote, header, docstring, comment = (
            executed.table[str(executed.cell[name]["unit"])] for name in AUCS
        )
        for row, own in ((quote, "string"), (comment, "comment")):
            assert all(0.35 < row[name] < 0.65 for name in AUCS if name != own)
        assert docstring["comment"] < 0.25
        assert all(abs(score - 0.5) > 0.15 for score in header.values())

    def test_there_are_more_than_a_billion_pairs(self, executed):
        inside, characters = executed.inside, executed.characters
        assert characters > 200_000 and inside * (characters - inside) > 1e9

    def test_little_text_chooses_a_worse_unit(self, executed):
        comment, hasty = executed.cell["comment"], executed.hasty
        assert hasty["unit"] != comment["unit"] and hasty["chosen"] > 0.85
        assert hasty["score"] < comment["score"] - 0.05

    @pytest.mark.parametrize("name", ["depth", "column"])
    def test_no_single_unit_counts_well(self, executed, name):
        assert 0.55 < executed.cell[name]["score"] < 0.9

    def test_the_comment_unit_counts_along_the_line_and_still_tells_comments(self, executed):
        comment, column = (executed.cell[name] for name in ("comment", "column"))
        assert comment["unit"] == column["unit"] and column["low"] > 0.6
        assert executed.same_place > 0.85 and min(executed.follows) > 0.5
        others = [executed.along[str(executed.cell[name]["unit"])] for name in AUCS[:3]]
        assert max(map(abs, others)) < 0.4 < executed.along[str(comment["unit"])]

    def test_without_it_only_the_ends_of_long_lines_are_a_surprise(self, executed):
        ends = executed.ends
        assert ends["unit"] == executed.cell["comment"]["unit"] and min(ends["count"]) > 300
        assert ends["low"][-1] > 0.3 > 0.05 > max(ends["random"])
        assert abs(ends["rise"][0]) < 0.05 and ends["rise"] == sorted(ends["rise"])

    def test_the_hidden_state_is_not_clearly_better_and_hides_docstrings(self, executed):
        for name in executed.cell:
            assert executed.hidden[name]["score"] < executed.cell[name]["high"]
        assert executed.hidden["docstring"]["score"] < executed.cell["docstring"]["low"]

    def test_our_reading_and_our_pairs_agree_with_the_library(self, executed):
        assert executed.reading_error < 1e-4
        assert executed.auc[0] == pytest.approx(executed.auc[1], abs=1e-6)
        assert executed.auc[0] == pytest.approx(5 / 6, abs=1e-6)
        assert executed.remembered == pytest.approx([0, 0.964, 0.964, 0.964, 0, 0], abs=1e-3)

    def test_the_best_of_512_is_lucky_where_nothing_is_to_be_found(self, executed):
        found = executed.selection
        assert found["moved_chosen"][0] > 0.65 > 0.55 > max(found["moved_held_out"])
        assert found["moved_chosen"][0] - found["moved_held_out"][0] > 0.15
        assert found["chosen"][0] - found["held_out"][0] > 0.05
        assert found["chosen"][-1] - found["held_out"][-1] < 0.03
        assert found["moved_chosen"][-1] < found["moved_chosen"][0] - 0.1
        assert found["held_out"][-1] > 0.8

    @pytest.mark.parametrize("place", [0, 1, 2, 4])
    def test_ablation_costs_more_inside_than_random_units_do(self, executed, place):
        row = executed.rows[place]
        assert row["name"] == ("string", "if_header", "docstring", "comment", "comment")[place]
        assert row["low"] > max(row["random"]) and row["low"] > 0.005

    def test_a_good_score_is_not_a_use(self, executed):
        comment, needed = executed.rows[3:]
        found = executed.cell["comment"]
        assert comment["unit"] == found["unit"] != needed["unit"]
        assert 0.8 < executed.needed_score < found["chosen"]
        assert comment["low"] < max(comment["random"]) and comment["high"] < needed["low"]

    def test_all_units_together_know_more(self, executed):
        for name in AUCS:
            assert executed.together[name] > executed.cell[name]["score"] - 0.005
        assert executed.together["comment"] > executed.cell["comment"]["score"] + 0.05
        assert executed.together["docstring"] > executed.cell["docstring"]["score"] + 0.02

    def test_a_short_training_finds_no_quote_cell(self, executed):
        untrained, short, long = (executed.ladder[name] for name in executed.ladder)
        assert short["string"]["high"] < 0.93 < long["string"]["low"]
        for name in AUCS:
            assert short[name]["score"] < long[name]["score"]
            assert untrained[name]["score"] < long[name]["low"]

    def test_the_view_has_128_units_of_a_held_out_file_and_stays_small(self, executed):
        assert executed.shape == [4000, 128] and executed.view_file
        assert 20 <= executed.contexts <= 40 and executed.held_out_contexts
        assert executed.view_bytes <= 750_000

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
