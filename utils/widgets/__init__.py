"""Live views of results: the shared kit, and the views built on it."""

from utils.widgets.ablation_toggles import AblationToggles
from utils.widgets.attention_heads import AttentionHeads, OwnText
from utils.widgets.attention_map import AttentionMap, OwnSentence
from utils.widgets.bundle import BundleError, bundle
from utils.widgets.caption_stepper import CaptionStepper
from utils.widgets.chunk_length import ChunkLength
from utils.widgets.codec import decode, encode
from utils.widgets.early_stopping import EarlyStopping
from utils.widgets.ensemble_members import EnsembleMembers
from utils.widgets.gates import Gates
from utils.widgets.gradient_flow import GradientFlow
from utils.widgets.hidden_units import HiddenUnits
from utils.widgets.image_attention import ImageAttention
from utils.widgets.learning_rate_sweep import LearningRateSweep
from utils.widgets.length_slider import LengthSlider
from utils.widgets.live import TrainNow, train_now
from utils.widgets.progress import show_progress
from utils.widgets.qkv import QKV
from utils.widgets.sampling_box import OwnPrompt, SamplingBox
from utils.widgets.schedule_explorer import ScheduleExplorer
from utils.widgets.search_budget import SearchBudget
from utils.widgets.shot_slider import ShotSlider
from utils.widgets.unrolled_rnn import UnrolledRNN
from utils.widgets.view import View

__all__ = [
    "QKV",
    "AblationToggles",
    "AttentionHeads",
    "AttentionMap",
    "BundleError",
    "CaptionStepper",
    "ChunkLength",
    "EarlyStopping",
    "EnsembleMembers",
    "Gates",
    "GradientFlow",
    "HiddenUnits",
    "ImageAttention",
    "LearningRateSweep",
    "LengthSlider",
    "OwnPrompt",
    "OwnSentence",
    "OwnText",
    "SamplingBox",
    "ScheduleExplorer",
    "SearchBudget",
    "ShotSlider",
    "TrainNow",
    "UnrolledRNN",
    "View",
    "bundle",
    "decode",
    "encode",
    "show_progress",
    "train_now",
]
