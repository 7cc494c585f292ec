"""The parts of a dues document, for the OpenAPI schema."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class LineOut(serializers.Serializer[Any]):
    demand_number = serializers.CharField()
    period = serializers.CharField()
    head = serializers.CharField()
    amount_paise = serializers.IntegerField()
    rule = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the metaclass takes fields off the class


class HeadingOut(serializers.Serializer[Any]):
    payable_paise = serializers.IntegerField()
    lines = LineOut(many=True)


class NextChangeOut(serializers.Serializer[Any]):
    on = serializers.DateField()
    total_paise = serializers.IntegerField()
    because = serializers.CharField()
