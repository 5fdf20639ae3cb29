"""A short retrieval quiz, one question after another."""

from utils.widgets.quiz.widget import Question, quiz

__all__ = ["Question", "quiz"]
