"""Ingest: any source becomes a cache entry, whose test set is sealed; the seal's own module is not offered here."""

from nas.data.cache import cache_folder, data_folder
from nas.data.dataset import Dataset, Images, Labels
from nas.data.ingest import DataSummary, TrainingData, describe, find, load
from nas.data.ref import LAST_FIFTH, DataRef, Split
from nas.data.sheet import save_contact_sheet

__all__ = [
    "LAST_FIFTH",
    "DataRef",
    "DataSummary",
    "Dataset",
    "Images",
    "Labels",
    "Split",
    "TrainingData",
    "cache_folder",
    "data_folder",
    "describe",
    "find",
    "load",
    "save_contact_sheet",
]
