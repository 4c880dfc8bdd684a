"""Calibration metrics on the array of AuditMetricsSpeed by UQLM's and LM-Polygraph's own functions, and by numpy and scikit-learn.

The modules that hold the functions are loaded without their packages' __init__, which imports torch and langchain. Usage:
audit_metrics.py FILE, doubles: n confidences, then n times 0 or 1, big-endian. UQLM's evaluation gives its figures at once; its
value here is their sum.
"""

import importlib.util
import json
import sys
import time
import types

import numpy as np
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

REPEATS = 7


def without_init(package):
    """A package whose modules can be imported, its __init__ not run."""
    module = types.ModuleType(package)
    module.__path__ = list(importlib.util.find_spec(package).submodule_search_locations)
    sys.modules[package] = module


for each in ("uqlm", "uqlm.utils", "uqlm.calibration", "lm_polygraph", "lm_polygraph.ue_metrics"):
    without_init(each)

from lm_polygraph.ue_metrics.ece import ECE
from lm_polygraph.ue_metrics.pred_rej_area import PredictionRejectionArea
from lm_polygraph.ue_metrics.risk_cov_curve import RiskCoverageCurveAUC
from lm_polygraph.ue_metrics.roc_auc import ROCAUC
from uqlm.calibration.evaluate import evaluate_calibration
from uqlm.utils.results import UQResult


def uqlm(confidence, right):
    result = UQResult({"data": {"responses": [""] * len(right), "confidence": confidence}})
    return evaluate_calibration(result, right, plot=False).loc["confidence"].sum()


def risk_coverage(confidence, right):
    order = np.argsort(-confidence, kind="stable")
    errors = np.cumsum(1 - right[order])
    return (errors / np.arange(1, len(right) + 1)).mean()


def main():
    values = np.fromfile(sys.argv[1], dtype=">f8").astype(np.float64)
    confidence, right = np.split(values, 2)
    uncertainty, wrong = -confidence, 1 - right
    work = {
        ("uqlm", "evaluation"): lambda: uqlm(confidence, right),
        ("lm-polygraph", "ece"): lambda: ECE(n_bins=10)(uncertainty, right),
        ("lm-polygraph", "auroc"): lambda: ROCAUC()(uncertainty, wrong),
        ("lm-polygraph", "risk coverage"): lambda: RiskCoverageCurveAUC()(uncertainty, right),
        ("lm-polygraph", "prediction rejection"): lambda: PredictionRejectionArea()(uncertainty, right),
        ("scikit-learn", "brier"): lambda: brier_score_loss(right, confidence),
        ("scikit-learn", "log score"): lambda: log_loss(right, confidence),
        ("scikit-learn", "auroc"): lambda: roc_auc_score(right, confidence),
        ("numpy", "risk coverage"): lambda: risk_coverage(confidence, right),
    }
    for (by, what), call in work.items():
        seconds = []
        for _ in range(REPEATS):
            began = time.process_time()
            value = call()
            seconds.append(time.process_time() - began)
        print(json.dumps({"by": by, "what": what, "value": float(value), "first": seconds[0], "median": float(np.median(seconds))}))


if __name__ == "__main__":
    main()
