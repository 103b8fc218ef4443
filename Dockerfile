# The demo and every command, on the scripted model or on servers elsewhere; no GPU, no vLLM.
#
#   docker build -t ga-ooo . && docker run --rm ga-ooo
#   docker run --rm -v CHECKOUT:/checkout ga-ooo run /checkout --fork F --sim S --steps 360
#
# Another image with Python 3.11 to 3.14 and its venv can be the base: --build-arg BASE=IMAGE.
ARG BASE=python:3.12-slim

FROM ${BASE} AS build
WORKDIR /source
# What seldom changes comes first: all packages in the versions, and with the hashes, of the lock file.
COPY .ci/locks/runtime.txt .ci/locks/
RUN python3 -m venv /opt/ga-ooo && \
    /opt/ga-ooo/bin/pip install --no-cache-dir --require-hashes -r .ci/locks/runtime.txt
COPY . .
# The image has no history of git, from which the version would come.
ARG VERSION=0.dev0
ENV SETUPTOOLS_SCM_PRETEND_VERSION=${VERSION}
RUN PYTHON=python3 .ci/release-tools && .venv-release/bin/hatchling build -t wheel && \
    /opt/ga-ooo/bin/pip install --no-cache-dir --no-deps dist/*.whl

FROM ${BASE}
# A volume takes over the owner of the folder that it covers.
RUN useradd --create-home --uid 1000 town && \
    install -d -o town -g town /home/town/.local /home/town/.local/state
COPY --from=build /opt/ga-ooo /opt/ga-ooo
ENV PATH=/opt/ga-ooo/bin:$PATH PYTHONUNBUFFERED=1
USER town
WORKDIR /home/town
ENTRYPOINT ["ga-ooo"]
CMD ["demo"]
