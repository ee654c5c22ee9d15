"""Races k Magentic-One teams as AutoGen's ParallelAgents does, by its public interface only.

Prints one line of JSON. Team i speaks as model "<model>-<i>". As in the original, the first team that ends counts, the
others are asked to cancel, and the answer is returned when all of them have ended.
The participants are AutoGen's own coder and a terminal; without --run-code the terminal runs nothing, so that starting
processes does not hide what the framework costs.
"""

import argparse
import asyncio
import json
import resource
import sys
import tempfile
import time

from autogen_agentchat.agents import BaseChatAgent, CodeExecutorAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import TextMessage
from autogen_agentchat.teams import MagenticOneGroupChat
from autogen_core import CancellationToken
from autogen_ext.code_executors.local import LocalCommandLineCodeExecutor
from autogen_ext.agents.magentic_one import MagenticOneCoderAgent
from autogen_ext.models.openai import OpenAIChatCompletionClient

TASK = "What is six times seven?"


class SilentTerminal(BaseChatAgent):
    produced_message_types = (TextMessage,)

    async def on_messages(self, messages, cancellation_token):
        return Response(chat_message=TextMessage(content="exit code 0", source=self.name))

    async def on_reset(self, cancellation_token):
        pass


def team(index, options):
    info = {
        "vision": False,
        "function_calling": True,
        "json_output": True,
        "family": "unknown",
        "structured_output": not options.json_ledger,
    }
    client = OpenAIChatCompletionClient(
        model=f"{options.model}-{index}", base_url=options.url, api_key="none", model_info=info
    )
    coder = MagenticOneCoderAgent("Coder", model_client=client)
    if options.run_code:
        executor = LocalCommandLineCodeExecutor(work_dir=tempfile.mkdtemp())
        terminal = CodeExecutorAgent("ComputerTerminal", executor)
    else:
        terminal = SilentTerminal("ComputerTerminal", "runs code")
    return MagenticOneGroupChat([coder, terminal], model_client=client, max_turns=200)


async def race(options):
    tokens = [CancellationToken() for _ in range(options.teams)]
    runs = [
        asyncio.create_task(team(index, options).run(task=TASK, cancellation_token=token))
        for index, token in enumerate(tokens)
    ]
    answers, failures = [], 0
    for ended in asyncio.as_completed(runs):
        try:
            answers.append((await ended).messages[-1].to_text())
        except Exception as error:  # a failed team is counted, and said
            failures += 1
            print("team failed:", repr(error)[:200], file=sys.stderr)
        if len(answers) >= options.answers:
            break
    for token in tokens:
        token.cancel()
    await asyncio.gather(*runs, return_exceptions=True)
    return answers, failures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--model", default="sim")
    parser.add_argument("--teams", type=int, default=3)
    parser.add_argument("--answers", type=int, default=1)
    parser.add_argument("--json-ledger", action="store_true", help="plain JSON ledgers instead of structured output")
    parser.add_argument("--run-code", action="store_true")
    options = parser.parse_args()
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, cpu = time.time(), time.process_time()
    answers, failures = asyncio.run(race(options))
    returned = time.time()
    print(
        json.dumps(
            {
                "wallMs": (returned - began) * 1e3,
                "cpuMs": (time.process_time() - cpu) * 1e3,
                "returnedAt": returned * 1e3,
                "peakKiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - rss,
                "answers": len(answers),
                "failures": failures,
            }
        )
    )


main()
