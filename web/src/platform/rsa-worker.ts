// The entry of the worker has to lie in this package for the bundler to find it.
import "@parley/protocol/rsa-worker";
