"""UnrolledRNN shows the states of the network that ran; wrong input gets one clear sentence."""

import base64
import io
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from utils.models.recurrent import rnn_step
from utils.widgets import UnrolledRNN, decode
from utils.widgets.unrolled_rnn.widget import trace_data

STEPS, INPUTS, UNITS, SIDE = 5, 12, 7, 2
NAMES = ("left", "right", "up")


def run(seed=0, *, weights=3, learned=0.0):
    """Return a trace of a small network on a random clip; the same ``weights``, the same one."""
    generator = torch.Generator().manual_seed(weights)
    Wx, Wh, b, head = (
        torch.randn(shape, generator=generator)
        for shape in ((INPUTS, UNITS), (UNITS, UNITS), (UNITS,), (UNITS, 3))
    )
    frames = torch.rand(STEPS, SIDE, SIDE, 3, generator=generator.manual_seed(seed))
    x, h = frames.flatten(1), [torch.full((UNITS,), learned)]
    for one in x:
        h.append(rnn_step(one[None], h[-1][None], Wx, Wh, b)[0])
    hidden = torch.stack(h)
    return SimpleNamespace(
        frames=frames,
        hidden=hidden,
        from_input=x @ Wx,
        from_state=hidden[:-1] @ Wh,
        probabilities=(hidden[1:] @ head).softmax(-1),
        names=NAMES,
        truth=seed % 3,
        Wx=Wx,
        Wh=Wh,
        b=b,
    )


def test_the_page_gets_parts_whose_tanh_is_the_network_s_state():
    traces = [run(0), run(1)]
    data = trace_data(traces)
    for clip, trace in enumerate(traces):
        parts = np.add(data["fromInput"][clip], data["fromState"][clip]) + data["bias"]
        assert np.abs(np.tanh(parts) - trace.hidden[1:].numpy()).max() < 0.0016
        assert np.abs(data["probabilities"][clip] - trace.probabilities.numpy()).max() < 1e-4
    assert data["truth"] == [0, 1]
    assert data["start"] == [[0.0] * UNITS] * 2
    assert trace_data([run(learned=0.5)])["start"] == [[0.5] * UNITS]


def test_the_picture_of_the_weights_has_zero_in_the_middle():
    trace = run()
    data = trace_data([trace])
    for packed, weights in ((data["wx"], trace.Wx), (data["wh"], trace.Wh)):
        assert packed["low"] == -packed["high"] == -float(weights.abs().max())
        found = decode(packed)
        assert np.abs(found - weights.numpy()).max() <= packed["high"] / 250


def test_the_sheet_holds_every_frame_a_row_a_clip_also_of_bytes():
    traces = [run(0), run(1)]
    traces[1].frames = (traces[1].frames * 255).round().to(torch.uint8)
    data = trace_data(traces)
    content = base64.b64decode(data["sheet"].split(",")[1])
    sheet = np.asarray(Image.open(io.BytesIO(content))) / 255
    assert data["tile"] == [SIDE, SIDE]
    assert sheet.shape == (2 * SIDE, STEPS * SIDE, 3)
    shown = sheet[:SIDE, 3 * SIDE : 4 * SIDE]
    assert np.abs(shown - traces[0].frames[3].numpy()).max() < 0.003
    shown = sheet[SIDE:, :SIDE]
    assert np.abs(shown - traces[1].frames[0].numpy() / 255).max() < 0.003


def test_large_frames_and_many_inputs_stay_small_in_the_page():
    trace = run()
    trace.frames = torch.rand(STEPS, 100, 50, 3)
    trace.Wx = torch.randn(3000, UNITS)
    data = trace_data([trace])
    assert data["tile"] == [32, 64]
    assert data["wx"]["shape"] == [96, UNITS]


def test_the_alt_text_states_the_answer_now_and_at_the_end():
    trace = run()
    answers = [NAMES[i] for i in trace.probabilities.argmax(-1)]
    view = UnrolledRNN([trace], step=2)
    share = 100 * float(trace.probabilities[1].max())
    assert f"After 2 of them it says {answers[1]} with {share:.0f} %" in view.alt
    assert "the clip shows left" in view.alt
    assert f"At the end it says {answers[-1]}." in view.alt
    assert "before the first of 5 frames" in UnrolledRNN([trace], step=0).alt
    assert 'data-view="unrolled_rnn"' in view.html()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("frames", torch.rand(STEPS, 4, 4), r"shape \(T, height, width, 3\).* not \(5, 4, 4\)"),
        ("frames", torch.rand(0, 4, 4, 3), "at least one frame"),
        ("hidden", torch.zeros(STEPS, UNITS), r"hidden of shape \(6, 7\).* not \(5, 7\)"),
        ("from_input", torch.zeros(STEPS, 3), r"from_input of shape \(5, 7\)"),
        ("Wh", torch.zeros(UNITS, 2), r"Wh of shape \(7, 7\)"),
        ("from_state", torch.full((STEPS, UNITS), torch.nan), "finite numbers in from_state"),
        ("from_state", torch.ones(STEPS, UNITS), r"= tanh\(from_input\[t\].* differ by up to"),
        ("probabilities", torch.ones(STEPS, 3), "sum to 1"),
        ("probabilities", torch.ones(STEPS, 2) / 2, r"probabilities of shape \(5, 3\)"),
        ("truth", 3, "a class from 0 to 2, not 3"),
        ("b", torch.zeros(200), "at most 128 units, not 200"),
    ],
)
def test_a_trace_that_does_not_fit_gets_one_sentence(name, value, words):
    trace = run()
    setattr(trace, name, value)
    with pytest.raises(ValueError, match=words):
        UnrolledRNN([trace])


def test_no_trace_other_networks_and_steps_out_of_range_get_one_sentence():
    with pytest.raises(ValueError, match="at least one trace"):
        UnrolledRNN([])
    with pytest.raises(ValueError, match="of one network"):
        UnrolledRNN([run(0), run(0, weights=4)])
    for step in (-1, 6, 1.5):
        with pytest.raises(ValueError, match=f"from 0 to 5, not {step}"):
            UnrolledRNN([run()], step=step)
