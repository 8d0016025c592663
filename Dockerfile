# One image: the daemon, its shipped configuration, nothing that builds. tests/test_packaging.py walks these steps.
#
#   docker build -t intake-daemon .
#   docker run -p 8080:8080 -p 2525:2525 -v ./config:/etc/intake-daemon:ro \
#       -v intake:/var/lib/intake-daemon intake-daemon
#
# In `intake.yaml` write `var: /var/lib/intake-daemon`, and listen on 0.0.0.0 where others shall reach it.

# the builder is not the slim image: where a library has no wheel (eldc on ARM) it is compiled here, and stays here
FROM python:3.11-bookworm AS build
COPY . /src
RUN python -m venv /opt/intake \
 && /opt/intake/bin/pip install --no-cache-dir --disable-pip-version-check /src \
 && /opt/intake/bin/pip uninstall --yes pip setuptools

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/intake-daemon --create-home --shell /usr/sbin/nologin intake \
 && mkdir -p /etc/intake-daemon
COPY --from=build /opt/intake /opt/intake
ENV PATH=/opt/intake/bin:$PATH PYTHONUNBUFFERED=1
USER intake
WORKDIR /var/lib/intake-daemon
VOLUME /var/lib/intake-daemon
EXPOSE 2525 8080 8081
# 0 well, 1 something waits for a person, 2 not running: only the last, or no answer, is a reason to replace the container
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD said=$(intake status --json 2>/dev/null); test $? -lt 2 -a -n "$said"
ENTRYPOINT ["intake"]
CMD ["run"]
