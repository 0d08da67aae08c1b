# `isogloss serve` in a container: docker run -p 8080:8080 -v DIR:/model:ro isogloss
FROM python:3.11-slim AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src src
# +cpu, the build of torch without a GPU's libraries, counts as newer than that of PyPI
RUN python -m venv /opt/isogloss \
    && /opt/isogloss/bin/pip install --no-cache-dir -c constraints.txt \
        --extra-index-url https://download.pytorch.org/whl/cpu '.[playground]'

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data --create-home isogloss
COPY --from=build /opt/isogloss /opt/isogloss
ENV PATH=/opt/isogloss/bin:$PATH \
    HF_HUB_OFFLINE=1 \
    ISOGLOSS_CACHE=/data/cache \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health', timeout=4)"]
ENTRYPOINT ["isogloss", "serve", "--host", "0.0.0.0", "--port", "8080"]
CMD ["--model", "/model"]
