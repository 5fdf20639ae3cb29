"""Exercises of lecture training/06: what they ask for is true of real gradients and schedules.

That each reference passes and each planted misconception is named is tested for all lectures at
once in test_exercises.py.
"""

import pytest
import torch

from utils.exercises import check
from utils.exercises.exercise import Registry

REGISTRY = Registry.of_lectures()


def test_the_reference_combines_the_gradients_of_real_workers():
    weight = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    inputs = torch.randn(12, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def gradient(part):
        return torch.autograd.grad(((weight * part - 1) ** 2).mean(), weight)[0].item()

    shares = [7, 1, 4]
    own = [gradient(part) for part in inputs.split(shares)]
    combine = REGISTRY.find("combine_gradients").reference
    assert combine(own, shares) == pytest.approx(gradient(inputs), rel=1e-12)


def test_the_reference_counts_what_a_ring_really_sends():
    """Play the ring: pieces are added on their way round, then the sums go round once more."""
    workers, size = 4, 12
    data = torch.arange(workers * size, dtype=torch.float64).reshape(workers, workers, -1)
    total, sent = data.sum(0), 0
    for shift, added in ((0, True), (1, False)):
        for turn in range(workers - 1):
            for worker in range(workers):
                piece, right = (worker - turn + shift) % workers, (worker + 1) % workers
                kept = data[right, piece] if added else 0
                data[right, piece] = data[worker, piece] + kept
                sent += data[worker, piece].numel()
    assert all(torch.equal(own, total) for own in data)
    assert REGISTRY.find("ring_bytes").reference(size, workers, 1) == sent / workers


def test_planted_wrong_answers_of_another_wording_are_named():
    def counts_workers_alike(gradients, shares):
        return float(torch.tensor(gradients, dtype=torch.float64).mean())

    def from_nothing(step, rate, factor, warmup_steps):
        peak = rate * factor
        return peak if step + 1 >= warmup_steps else peak / warmup_steps * (step + 1)

    def everybody(parameters, workers, bytes_each):
        return sum(parameters * bytes_each for _ in range(workers - 1))

    assert check("combine_gradients", counts_workers_alike).misconception == "plain_mean"
    assert check("large_batch_rate", from_nothing).misconception == "starts_at_zero"
    assert check("ring_bytes", everybody).misconception == "to_everybody"


def test_what_fails_only_for_one_worker_or_no_warm_up_is_said():
    def divides_by_the_others(parameters, workers, bytes_each):
        return 2 * parameters * bytes_each / (workers / (workers - 1))

    def never_skips(step, rate, factor, warmup_steps):
        return rate + (factor - 1) * rate * min(1.0, (step + 1) / warmup_steps)

    for name, attempt in (("ring_bytes", divides_by_the_others), ("large_batch_rate", never_skips)):
        assert check(name, attempt).misconception == "no_edge_case"
