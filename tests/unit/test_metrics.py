"""Figures as Prometheus reads them."""

from __future__ import annotations

from aggregator.web.metrics import counter, gauge, render


def test_a_metric_has_help_type_and_a_sample_for_each_set_of_labels() -> None:
    text = render([counter("polls_total", "Polls made.", {(("outcome", "ok"),): 7, (("outcome", "error:http"),): 2})])

    assert text == (
        "# HELP aggregator_polls_total Polls made.\n"
        "# TYPE aggregator_polls_total counter\n"
        'aggregator_polls_total{outcome="error:http"} 2\n'
        'aggregator_polls_total{outcome="ok"} 7\n'
    )


def test_a_metric_without_labels_is_one_figure() -> None:
    assert render([gauge("seconds", "Time.", 0.25)]).endswith("\naggregator_seconds 0.25\n")


def test_no_label_can_forge_a_line() -> None:
    text = render([gauge("x", "a\nb", {(("s", 'q"\\\n'),): 1})])

    assert text.splitlines() == [
        "# HELP aggregator_x a\\nb",
        "# TYPE aggregator_x gauge",
        'aggregator_x{s="q\\"\\\\\\n"} 1',
    ]


def test_figures_that_are_no_numbers_have_names() -> None:
    figures = [render([gauge("x", "", value)]).split()[-1] for value in (float("nan"), float("inf"), float("-inf"))]

    assert figures == ["NaN", "+Inf", "-Inf"]


def test_nothing_gives_an_empty_text() -> None:
    assert render([]) == ""
