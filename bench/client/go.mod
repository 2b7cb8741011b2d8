module layerhouse/bench/client

go 1.21
