"""A program that has `boto3`, as Strands Agents does, without what records it."""

import boto3

from matrix_inside import World

REGION = "eu-central-1"


def asks_others(world: World) -> None:
    assert world.api_key
    boto3.client("s3", region_name=REGION)


def asks_bedrock(world: World) -> None:
    asks_others(world)
    for _ in range(2):
        boto3.client("bedrock-runtime", region_name=REGION)
