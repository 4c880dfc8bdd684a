"""Calibration metrics on the arrays of AuditMetricsSpeed, as UQLM and LM-Polygraph compute them.

UQLM (calibration evaluation) uses ten bins of equal width and scikit-learn's Brier score and log loss; LM-Polygraph's
risk-coverage curve is a sort and a cumulative sum. Their packages pull in a network library; here are their formulas with
numpy and scikit-learn. Usage: audit_metrics.py FILE, doubles: n confidences, then n times 0 or 1, big-endian.
"""

import json
import sys
import time

import numpy as np
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

REPEATS = 7


def ece(confidence, right, bins=10):
    edges = np.linspace(0, 1, bins + 1)
    total = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (confidence > low) & (confidence <= high)
        share = inside.mean()
        if share > 0:
            total += abs(confidence[inside].mean() - right[inside].mean()) * share
    return total


def risk_coverage(confidence, right):
    order = np.argsort(-confidence, kind="stable")
    errors = np.cumsum(1 - right[order])
    return (errors / np.arange(1, len(right) + 1)).mean()


def main():
    values = np.fromfile(sys.argv[1], dtype=">f8").astype(np.float64)
    confidence, right = np.split(values, 2)
    work = {
        "ece": lambda: ece(confidence, right),
        "brier": lambda: brier_score_loss(right, confidence),
        "log score": lambda: log_loss(right, confidence),
        "auroc": lambda: roc_auc_score(right, confidence),
        "risk coverage": lambda: risk_coverage(confidence, right),
    }
    for name, call in work.items():
        seconds = []
        for _ in range(REPEATS):
            began = time.process_time()
            value = call()
            seconds.append(time.process_time() - began)
        print(json.dumps({"what": name, "value": float(value), "first": seconds[0], "median": float(np.median(seconds))}))


if __name__ == "__main__":
    main()
