"""A command that cron runs."""

from django.core.management.base import BaseCommand

from invocation_otel import invocation


class Command(BaseCommand):
    """One run, for nobody in particular."""

    def handle(self, *_args: object, **_options: object) -> None:
        with invocation("nightly"):
            pass
