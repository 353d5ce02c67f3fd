"""Ingest: any source becomes a cache entry, whose test set is sealed; the seal's own module is not offered here."""

from nas.data.dataset import Dataset, Images, Labels
from nas.data.finding import find, name_of, parse_image_size, take_in
from nas.data.folders import cache_folder, data_folder
from nas.data.ingest import DataSummary, TrainingData, count_validation_duplicates, describe, load, told
from nas.data.mapped import gather, release
from nas.data.parcel import Parcel, keep, pack
from nas.data.ref import LAST_FIFTH, DataRef, Split, default_split
from nas.data.sheet import save_contact_sheet

__all__ = [
    "LAST_FIFTH",
    "DataRef",
    "DataSummary",
    "Dataset",
    "Images",
    "Labels",
    "Parcel",
    "Split",
    "TrainingData",
    "cache_folder",
    "count_validation_duplicates",
    "data_folder",
    "default_split",
    "describe",
    "find",
    "gather",
    "keep",
    "load",
    "name_of",
    "pack",
    "parse_image_size",
    "release",
    "save_contact_sheet",
    "take_in",
    "told",
]
