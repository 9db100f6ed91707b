"""Every attribute name that is read or written, one line of meaning each.

``gen_ai.*``, ``error.type`` and ``user.id`` are OpenTelemetry's (GenAI semantic conventions, schema 1.42, newest
spelling). What has no standard name stands under ``invocation.*``. The store reads these names, so they never change
their meaning.
"""

# ── OpenTelemetry: what happened ─────────────────────────────────────────────────────────────────────────────────────
OPERATION = "gen_ai.operation.name"  # invoke_agent, chat, execute_tool, …
PROVIDER = "gen_ai.provider.name"  # openai, anthropic, aws.bedrock, …
AGENT = "gen_ai.agent.name"  # who ran
WORKFLOW = "gen_ai.workflow.name"  # what runs agents or calls in an order of its own
SESSION = "gen_ai.conversation.id"  # the short-term-memory conversation a run belongs to
REQUEST_MODEL = "gen_ai.request.model"  # the model that was asked for
RESPONSE_MODEL = "gen_ai.response.model"  # the model that answered
RESPONSE_ID = "gen_ai.response.id"  # the provider's id of the answer
FINISH_REASONS = "gen_ai.response.finish_reasons"  # string[]: why the model stopped
FIRST_CHUNK_S = "gen_ai.response.time_to_first_chunk"  # seconds, streams only
INPUT_TOKENS = "gen_ai.usage.input_tokens"  # all input tokens, cached ones included
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"  # all output tokens, reasoning included
CACHE_READ_TOKENS = "gen_ai.usage.cache_read.input_tokens"  # input tokens read from a cache
CACHE_WRITE_TOKENS = "gen_ai.usage.cache_write.input_tokens"  # input tokens written to a cache
CACHE_WRITE_1H_TOKENS = "anthropic.usage.cache_creation.ephemeral_1h_input_tokens"  # of those, kept for an hour
REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens"  # output tokens spent on reasoning
AUDIO_INPUT_TOKENS = "gen_ai.usage.audio.input_tokens"  # input tokens that were audio, cached ones included
AUDIO_OUTPUT_TOKENS = "gen_ai.usage.audio.output_tokens"
AUDIO_CACHE_READ_TOKENS = "gen_ai.usage.audio.cache_read.input_tokens"
IMAGE_INPUT_TOKENS = "gen_ai.usage.image.input_tokens"
IMAGE_OUTPUT_TOKENS = "gen_ai.usage.image.output_tokens"
IMAGE_CACHE_READ_TOKENS = "gen_ai.usage.image.cache_read.input_tokens"
SERVICE_TIER = "openai.response.service_tier"  # how the provider ran the call: default, flex, priority, batch, …
SERVER_ADDRESS = "server.address"  # host that was asked
SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions"  # JSON: parts of the system prompt
INPUT_MESSAGES = "gen_ai.input.messages"  # JSON: what the model was given
OUTPUT_MESSAGES = "gen_ai.output.messages"  # JSON: what it answered
TOOL_DEFINITIONS = "gen_ai.tool.definitions"  # JSON: the tools it could call
TOOL_NAME = "gen_ai.tool.name"
TOOL_CALL_ID = "gen_ai.tool.call.id"  # the id under which the model asked for the call
TOOL_TYPE = "gen_ai.tool.type"  # function, extension, datastore
TOOL_ARGUMENTS = "gen_ai.tool.call.arguments"  # JSON
TOOL_RESULT = "gen_ai.tool.call.result"  # JSON
ERROR_TYPE = "error.type"  # class of the exception, or the provider's code
USER_ID = "user.id"  # on whose behalf the agent ran

# ── Ours: identity, on every span of a run from its start (a span that arrives alone can be placed) ──────────────────
RUN_ID = "invocation.run.id"  # run_ + 32 hex digits of a UUIDv7; its time is the run's start
PARENT_RUN_ID = "invocation.parent_run.id"  # the run inside which this one was started
ROOT_RUN_ID = "invocation.root_run.id"  # the outermost run
EXTERNAL_ID = "invocation.external_id"  # the caller's own id of the run
TENANT = "invocation.tenant"  # whose run it is; never empty
TRIGGER = "invocation.trigger"  # user, system, task
CELERY_TASK_ID = "invocation.celery.task_id"
CELERY_TASK_NAME = "invocation.celery.task_name"
CELERY_RETRIES = "invocation.celery.retries"  # how often the task was tried before
CAPTURE = "invocation.capture"  # metadata or none, where not everything was kept
MEMORY_ENABLED = "invocation.memory.enabled"  # the run had short-term memory

# ── Ours: on the run ─────────────────────────────────────────────────────────────────────────────────────────────────
PENDING = "invocation.pending"  # true on the announcement: a child span of the run, sent when the run starts
STATUS = "invocation.status"  # success, failed, timeout, cancelled; on run, round and tool call
FILES = "invocation.files"  # JSON: files passed to the run

# ── Ours: on a round ─────────────────────────────────────────────────────────────────────────────────────────────────
ROUND_INDEX = "invocation.round.index"  # 1, 2, …; on a tool call: the round that asked for it
COST_TOTAL = "invocation.cost.total"  # US dollars, 9 decimals; absent when unpriced
COST_INPUT = "invocation.cost.input"  # US dollars for input that was neither read from nor written to a cache
COST_OUTPUT = "invocation.cost.output"
COST_CACHE_READ = "invocation.cost.cache_read"
COST_CACHE_WRITE = "invocation.cost.cache_write"
COST_SOURCE = "invocation.cost.source"  # provider, computed, estimated, unpriced
PRICE_VERSION = "invocation.cost.price_version"  # which price list said so
SYSTEM_PROMPT_NAME = "invocation.prompt.system.name"
SYSTEM_PROMPT_VERSION = "invocation.prompt.system.version"
USER_PROMPT_NAME = "invocation.prompt.user.name"
USER_PROMPT_VERSION = "invocation.prompt.user.version"
PROMPT_VARIABLES = "invocation.prompt.variables"  # JSON: {"variables": {…}, "system_variables": {…}}
REQUEST_PARAMS = "invocation.request.params"  # JSON: temperature, max_tokens, …
MEMORY_MESSAGES = "invocation.memory.messages"  # how many leading input messages came from memory
MEMORY_DROPPED = "invocation.memory.dropped"  # how many messages of the round before are no longer there
COMPACTED = "gen_ai.conversation.compacted"  # true: other messages stand for those that were dropped
USAGE_ESTIMATED = "invocation.usage.estimated"  # true: tokens were guessed from the texts; the provider told none
USAGE_VALID = "invocation.usage.valid"  # false: a part is more than its whole, or a count is negative; not priced
WEB_SEARCHES = "invocation.usage.web_searches"  # searches that the provider ran for the model, and bills for

# ── Ours: the run so far, on every round and on the run's own span (a run whose process dies has right totals) ───────
RUN_SEQ = "invocation.run.seq"  # how many rounds had ended, this one included
RUN_ROUNDS = "invocation.run.rounds"
RUN_TOOL_CALLS = "invocation.run.tool_calls"
RUN_INPUT_TOKENS = "invocation.run.input_tokens"
RUN_OUTPUT_TOKENS = "invocation.run.output_tokens"
RUN_CACHE_READ_TOKENS = "invocation.run.cache_read_tokens"
RUN_CACHE_WRITE_TOKENS = "invocation.run.cache_write_tokens"
RUN_COST = "invocation.run.cost"  # US dollars, 9 decimals; absent when every round was unpriced
RUN_UNPRICED = "invocation.run.unpriced"  # how many rounds had no price
RUN_PROVIDER = "invocation.run.provider"  # of the latest round
RUN_MODEL = "invocation.run.model"  # of the latest round: the model that answered

# ── Ours: on every span's resource, and on the reports that processes send about their own delivery ─────────────────
PROCESS_ID = "invocation.process.id"  # on the resource: tells the processes of one service apart, forks included
DELIVERY = "invocation.delivery"  # name of the report's span
DELIVERY_PRODUCED = "invocation.delivery.produced"  # spans so far, reports and announcements left out
DELIVERY_SPOOLED = "invocation.delivery.spooled"  # spans on disk when the report was made
DELIVERY_REFUSED = "invocation.delivery.refused"  # spans that the endpoint will not take as they are
DELIVERY_DROPPED = "invocation.delivery.dropped"  # spans lost
DELIVERY_SHORTENED = "invocation.delivery.shortened"  # spans delivered with long texts cut

# ── Values ───────────────────────────────────────────────────────────────────────────────────────────────────────────
INVOKE_AGENT = "invoke_agent"
INVOKE_WORKFLOW = "invoke_workflow"
CHAT = "chat"
EXECUTE_TOOL = "execute_tool"
ROUND_OPERATIONS = frozenset({CHAT, "generate_content", "text_completion", "embeddings"})
