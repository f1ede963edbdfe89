#!/bin/sh
# Copy what the pages load from node_modules to clients/web/vendor, each library with its licence.
# git ignores that folder; the server serves it, and the wheel carries it.
set -eu
cd "$(dirname "$0")/.."

rm -rf clients/web/vendor
mkdir -p clients/web/vendor/three clients/web/vendor/uplot
cp node_modules/three/build/three.module.js node_modules/three/build/three.core.js node_modules/three/LICENSE \
    clients/web/vendor/three/
cp node_modules/uplot/dist/uPlot.esm.js node_modules/uplot/dist/uPlot.min.css node_modules/uplot/LICENSE \
    clients/web/vendor/uplot/
