# The page on port 8000; docs/anywhere.md tells how it is run. Nothing is written but below /work, a volume, and any user
# may run it.
FROM python:3.11-slim

COPY . /tmp/source
RUN pip install --no-cache-dir --constraint /tmp/source/constraints.txt /tmp/source \
    && rm -r /tmp/source \
    && mkdir --mode=1777 /work

# There may be no name and no home for the user. What libraries keep for themselves goes to the volume.
ENV HOME=/work TMPDIR=/work MPLCONFIGDIR=/work/.matplotlib PYTHONDONTWRITEBYTECODE=1
WORKDIR /work
VOLUME /work
USER 1000
EXPOSE 8000
HEALTHCHECK --start-period=60s \
    CMD python -c "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health', timeout=5)"
CMD ["python", "-m", "lenet_tf1.app", "--host", "0.0.0.0", "--no-browser"]
