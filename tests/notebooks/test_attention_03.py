"""What the lecture on captioning with attention claims holds in the numbers it computes."""

import pytest
from claims import execute

PROBE = """
CLAIMS = {
    "hand_error": float(hand_error),
    "exact": [float(judged.exact.mean()), *about["test_exact"]],
    "one_vector": [float(compared.exact.mean()), *before["test_exact"]],
    "updates": [about["recipe"]["steps"], before["recipe"]["steps"]],
    "parameters": [about["parameters"], before["parameters"]],
    "pointing": [judged.pointing, *about["test_pointing"]],
    "by_count": {str(k): float(v) for k, v in by_count.items()},
    "scenes": [len(scenes.test), len(judged.hit)],
    "unseen": not {scenes.train.sentence(i) for i in range(len(scenes.train))} & {
        scenes.test.sentence(i) for i in range(len(scenes.test)) if scenes.test.counts[i] > 1
    },
    "chance": float(area),
    "focus": focus.share.tolist(),
    "forced": [forced.before, forced.kept, forced.moved],
    "seen": [[int(k), v] for k, v in seen.items()],
    "names": list(reaches.names),
    "reach": reaches.reach.tolist(),
    "recorded": [reaches.exact.tolist(), reaches.pointing.tolist()],
    "live": {k: [float(one.exact.mean()), one.pointing] for k, one in live.items()},
    "mean": float(mean_exact),
    "moved": moved,
    "photo_error": photo_error,
    "first": [maps.names[0] for _, maps in photographs.values()],
    "covers": [[c.whole, c.most, float(c.random.mean())] for c in covers],
}
"""


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    return execute("attention/03_captioning_with_attention", PROBE, tmp_path_factory)


@pytest.mark.slow
class TestClaims:
    def test_the_context_by_hand_is_the_modules(self, executed):
        assert executed.hand_error < 1e-6

    def test_captions_of_unseen_orders_are_exact(self, executed):
        assert executed.scenes[0] >= 1_500 and executed.unseen
        assert len(executed.exact) >= 4 and min(executed.exact) >= 0.98
        assert executed.exact[0] == pytest.approx(executed.exact[1], abs=0.005)

    def test_captions_are_as_exact_as_with_one_vector_and_half_of_the_parameters(self, executed):
        assert executed.exact[0] >= executed.one_vector[0]
        assert min(executed.exact[1:]) >= max(executed.one_vector[1:])
        assert executed.parameters[0] < 0.55 * executed.parameters[1]
        assert executed.updates == [600, 4000]

    def test_the_peak_lies_on_the_object_that_is_named(self, executed):
        assert min(executed.pointing) >= 0.95 and executed.scenes[1] >= 2_900
        assert set(executed.by_count) == {"1", "2", "3"}
        assert min(executed.by_count.values()) >= 0.95
        assert executed.pointing[0] == pytest.approx(executed.pointing[1], abs=0.005)
        assert 0.05 < executed.chance < 0.2

    def test_the_focus_moves_with_the_word(self, executed):
        a, named, _, end = executed.focus
        assert named[1] > 0.85 and a[1] < named[1] - 0.3 and end[1] == 0
        assert all(sum(row) == pytest.approx(1, abs=1e-4) for row in executed.focus)

    def test_the_word_follows_a_look_that_is_moved(self, executed):
        before, kept, moved = executed.forced
        assert before > 0.97 and moved > 0.8 and kept < 0.15

    def test_the_gradient_reaches_as_far_as_the_formula_says(self, executed):
        assert len(executed.seen) >= 3 and all(a == b for a, b in executed.seen)

    def test_captions_stay_right_and_the_map_moves_away_as_cells_see_more(self, executed):
        exact, pointing = (
            dict(zip(executed.names, part, strict=True)) for part in executed.recorded
        )
        assert all(len(seeds) >= 3 for seeds in exact.values())
        for name in ("47", "63", "79", "127"):
            assert min(exact[name]) > 0.93
        assert min(pointing["47"]) > 0.95 and min(pointing["63"]) > 0.95
        assert max(pointing["127"]) < 0.2
        assert max(exact["15"]) < 0.95 and max(pointing["15"]) < 0.9

    def test_the_gaps_move_the_map_more_than_the_reach_does(self, executed):
        pointing = dict(zip(executed.names, executed.recorded[1], strict=True))
        reach = dict(zip(executed.names, executed.reach, strict=True))
        assert reach["127, seven layers"] == reach["127"] == 127
        assert min(pointing["127, seven layers"]) > 0.85

    def test_the_small_captioners_show_the_same_order(self, executed):
        exact, pointing = executed.live["63"]
        assert exact > 0.9 and pointing > 0.9
        assert executed.live["127"][1] < pointing - 0.1
        assert executed.live["15"][0] < exact

    def test_equal_weights_learn_less_in_as_many_updates(self, executed):
        assert executed.mean < executed.live["63"][0] - 0.1

    def test_in_the_wide_one_the_look_decides_but_the_box_does_not(self, executed):
        (own, box), (wide_own, wide_box) = executed.moved["63"], executed.moved["127"]
        assert own > 0.8 and box > 0.8
        assert wide_own > wide_box + 0.15

    def test_scores_of_places_add_up_to_the_logit(self, executed):
        assert executed.photo_error < 1e-3

    def test_covering_takes_the_name_away_except_from_the_cat(self, executed):
        assert executed.first == ["tripod", "espresso", "missile", "Egyptian cat"]
        *things, cat = executed.covers
        assert all(most < 0.6 * random < random < whole for whole, most, random in things)
        assert cat[1] > cat[0]

    def test_it_runs_in_time(self, executed):
        assert executed.report.slowest < 60
        assert executed.report.seconds < 180
