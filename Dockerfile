# The worker, its set-up and the command line. The embedded servers stay out: real ones replace them here.
# Both stages must name the same Python, since the virtual environment moves from one to the other.
FROM python:3.11.14-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /app
RUN pip install --disable-pip-version-check uv==0.13.9
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-default-groups --no-python-downloads

FROM python:3.11.14-slim-bookworm
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin regimen
COPY --from=build /app/.venv .venv
COPY worker.py starter.py ./
COPY domain domain
COPY protocols protocols
COPY payers payers
COPY activities activities
COPY workflows workflows
COPY adapters adapters
COPY readmodel readmodel
COPY runtime runtime
COPY office office
COPY console console
COPY cli cli
USER 10001
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 CMD ["python", "-m", "cli.health"]
CMD ["python", "worker.py"]
