#include <zlib.h>

// A macro in zlib, which Swift doesn't see: a gzip stream of the usual window, at a level.
static inline int carillon_gzip_begin(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
