"""Predictions and quizzes: nothing shows before an answer, mouse and keys are both enough."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from utils.exercises import Question, predict, quiz
from utils.publish.browser import launch, offline_page
from utils.training.sweeps import grid, sweep
from utils.widgets import LearningRateSweep

pytestmark = pytest.mark.browser

QUESTION = "The rate falls to a third. What does the loss do?"
CHOICES = ["It rises, because learning is slower", "It falls at once, then flattens", "Nothing"]
BECAUSE = "The noise shrinks with the rate."
QUIZ = [
    Question("Where is a good rate?", ["At the steepest fall", "At the lowest loss"], 0, "Later."),
    Question("What is ln 10?", ["1.0", "2.3"], 1, "The loss of a guess."),
    Question("Does a schedule help?", ["Never", "A little"], 1, "It forgives a high rate."),
]


@pytest.fixture(scope="module")
def browser():
    with launch() as chromium:
        yield chromium


@pytest.fixture
def page(browser):
    errors = []
    with offline_page(browser) as page:
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
    assert errors == []


def figure():
    made = Figure(figsize=(8, 4), layout="constrained")
    axes = made.subplots()
    axes.plot([2.3, 1.2, 1.1, 0.7, 0.65], linewidth=3)
    axes.set(xlabel="step", ylabel="training loss")
    return made


def learning_rates(digits):
    trials = grid(learning_rate=np.geomspace(1e-3, 10, 9))
    return LearningRateSweep(sweep("mlp", digits, trials, steps=30))


def ask(reveal):
    alt = "The loss falls at the decay." if isinstance(reveal, Figure) else ""
    return predict(QUESTION, CHOICES, answer=1, because=BECAUSE, reveal=reveal, alt=alt)


def show(page, *views):
    body = "".join(f"<div>{view.html()}</div>" for view in views)
    page.set_content(f"<!doctype html><html><body>{body}</body></html>")
    page.locator(".dll-view[data-ready=true]").first.wait_for()


def test_the_plot_is_hidden_until_an_answer_is_given_with_the_mouse(page):
    show(page, ask(figure()))
    plot = page.get_by_role("img", name="The loss falls")
    words = page.get_by_role("status")
    assert page.locator(".dll-view img").is_hidden() and plot.count() == 0
    page.get_by_role("button", name="Answer", exact=True).click()
    assert "Choose" in words.inner_text() and plot.count() == 0
    page.get_by_role("radio", name=CHOICES[0]).click()
    assert plot.count() == 0
    page.get_by_role("button", name="Answer", exact=True).click()
    assert plot.is_visible()
    assert "Not this time" in words.inner_text()
    assert CHOICES[1] in words.inner_text() and BECAUSE in words.inner_text()


def test_keys_alone_are_enough_and_the_arrows_do_not_answer(page):
    show(page, ask(figure()))
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert page.get_by_role("radio", name=CHOICES[1]).is_checked()
    assert page.locator(".dll-view img").is_hidden()
    page.keyboard.press("Enter")
    assert page.locator(".dll-view img").is_visible()
    assert "Right." in page.get_by_role("status").inner_text()


def test_it_can_be_shown_without_an_answer(page):
    show(page, ask(figure()))
    page.get_by_role("button", name="Show without answering").press("Enter")
    assert page.locator(".dll-view img").is_visible()
    words = page.get_by_role("status").inner_text()
    assert "What happened" in words and "Right." not in words and "Not this" not in words


def test_a_view_inside_comes_alive(page, digits):
    show(page, ask(learning_rates(digits)))
    canvas = page.locator("[data-view=learning_rate_sweep] canvas")
    assert canvas.is_hidden()
    page.get_by_role("button", name="Show without answering").click()
    assert canvas.is_visible()
    slider = page.get_by_role("slider", name="Learning rate")
    words = page.locator("[data-view=learning_rate_sweep] [data-role=summary]")
    pixels = canvas.evaluate("canvas => canvas.toDataURL()")
    before = words.inner_text()
    slider.press("Home")
    assert words.inner_text() != before
    assert canvas.evaluate("canvas => canvas.toDataURL()") != pixels


def test_two_of_the_same_on_one_page_are_answered_apart(page):
    view = ask(figure())
    show(page, view, view)
    page.get_by_role("button", name="Show without answering").first.click()
    shown = [image.is_visible() for image in page.locator(".dll-view img").all()]
    assert shown == [True, False]


def test_paper_shows_the_question_the_choices_and_the_plot(page):
    show(page, ask(figure()))
    page.emulate_media(media="print")
    assert page.locator(".dll-view img").is_visible()
    assert all(page.get_by_text(words, exact=True).is_visible() for words in (QUESTION, *CHOICES))
    assert page.get_by_role("button").count() == 0


def test_without_scripts_the_plot_folds_out(browser):
    with offline_page(browser, java_script_enabled=False) as page:
        page.set_content(f"<!doctype html><body>{ask(figure()).html()}</body>")
        assert page.get_by_text(QUESTION).is_visible()
        assert page.locator("img").is_hidden()
        page.locator("summary").click()
        assert page.locator("img").is_visible()


def answer(page, choice):
    page.get_by_role("radio", name=choice).click()
    page.get_by_role("button", name="Answer", exact=True).click()


def test_a_quiz_asks_one_by_one_turns_back_and_tells_the_score(page):
    page.set_viewport_size({"width": 1100, "height": 520})
    show(page, quiz(QUIZ))
    assert page.get_by_text(QUIZ[1].text).is_hidden()
    answer(page, "At the steepest fall")
    assert "Right." in page.get_by_role("status").inner_text()
    page.keyboard.press("Enter")  # the focus stands on Next
    answer(page, "1.0")
    assert "guess" in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Back").click()
    assert "Question 1 of 3" in page.locator(".dll-view").inner_text()
    assert "Right." in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="Next").click()
    answer(page, "A little")
    page.get_by_role("button", name="See the score").click()
    words = page.get_by_role("status").inner_text()
    assert "2 of 3" in words and "What is ln 10?" in words
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    page.get_by_role("button", name="Start again").click()
    assert page.get_by_role("radio", name="At the steepest fall").is_enabled()


def test_paper_shows_every_question_of_a_quiz(page):
    show(page, quiz(QUIZ))
    page.emulate_media(media="print")
    words = page.locator(".dll-view").inner_text()
    assert all(question.text in words for question in QUIZ)
