// The streaming decoders. Any number of frames, members or streams may follow one another.
#include "decompress.h"

#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

enum {
  WINDOW_LOG_MAX = 27, // what `zstd --long=27` writes; bounds the decoder's memory to 128 MiB
  GZIP_WINDOW = 15 + 16,
};
static const uint64_t XZ_MEMORY = UINT64_C(256) << 20; // what `xz -9` needs is a quarter of it

typedef struct method {
  const char *unit;
  uint8_t magic[6];
  size_t magic_bytes;
  bool (*create)(tw_decompressor *d);
  void (*destroy)(tw_decompressor *d);
  int (*decode)(tw_decompressor *d, tw_decompression *step, const char **why);
} method;

struct tw_decompressor {
  const method *method;
  bool ended; ///< a unit has: the next bytes begin another
  union {
    ZSTD_DCtx *zstd;
    z_stream gzip;
    lzma_stream xz;
  } of;
};

// ---- zstd ----

static bool zstd_create(tw_decompressor *d) {
  d->of.zstd = ZSTD_createDCtx();
  return d->of.zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(d->of.zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX));
}

static void zstd_destroy(tw_decompressor *d) { ZSTD_freeDCtx(d->of.zstd); }

static int zstd_decode(tw_decompressor *d, tw_decompression *step, const char **why) {
  ZSTD_inBuffer in = {step->in, step->in_bytes, 0};
  ZSTD_outBuffer out = {step->out, step->out_bytes, 0};
  size_t left = ZSTD_decompressStream(d->of.zstd, &out, &in);
  step->used = in.pos;
  step->made = out.pos;
  if (!ZSTD_isError(left))
    return left != 0;
  *why = ZSTD_getErrorName(left);
  return -1;
}

// ---- gzip ----

static bool gzip_create(tw_decompressor *d) { return inflateInit2(&d->of.gzip, GZIP_WINDOW) == Z_OK; }

static void gzip_destroy(tw_decompressor *d) { inflateEnd(&d->of.gzip); }

static int gzip_decode(tw_decompressor *d, tw_decompression *step, const char **why) {
  z_stream *z = &d->of.gzip;
  if (d->ended)
    inflateReset(z);
  z->next_in = (uint8_t *)step->in; // zlib's interface lacks the const
  z->avail_in = (unsigned)step->in_bytes;
  z->next_out = step->out;
  z->avail_out = step->out_bytes < UINT32_MAX ? (unsigned)step->out_bytes : UINT32_MAX;
  size_t room = z->avail_out;
  int status = inflate(z, Z_NO_FLUSH);
  step->used = step->in_bytes - z->avail_in;
  step->made = room - z->avail_out;
  if (status == Z_STREAM_END || status == Z_OK || status == Z_BUF_ERROR)
    return status != Z_STREAM_END;
  *why = z->msg ? z->msg : "unexpected data";
  return -1;
}

// ---- xz ----

static bool xz_create(tw_decompressor *d) {
  d->of.xz = (lzma_stream)LZMA_STREAM_INIT;
  return lzma_stream_decoder(&d->of.xz, XZ_MEMORY, 0) == LZMA_OK;
}

static void xz_destroy(tw_decompressor *d) { lzma_end(&d->of.xz); }

static const char *xz_words(lzma_ret status) {
  switch (status) {
  case LZMA_MEMLIMIT_ERROR:
    return "a dictionary that wants more than 256 MiB";
  case LZMA_FORMAT_ERROR:
    return "no xz stream";
  case LZMA_OPTIONS_ERROR:
    return "unknown options";
  case LZMA_MEM_ERROR:
    return "out of memory";
  default:
    return "corrupt data";
  }
}

static int xz_decode(tw_decompressor *d, tw_decompression *step, const char **why) {
  lzma_stream *x = &d->of.xz;
  if (d->ended && lzma_stream_decoder(x, XZ_MEMORY, 0) != LZMA_OK) {
    *why = "out of memory";
    return -1;
  }
  x->next_in = step->in;
  x->avail_in = step->in_bytes;
  x->next_out = step->out;
  x->avail_out = step->out_bytes;
  lzma_ret status = lzma_code(x, LZMA_RUN);
  step->used = step->in_bytes - x->avail_in;
  step->made = step->out_bytes - x->avail_out;
  if (status == LZMA_STREAM_END || status == LZMA_OK || status == LZMA_BUF_ERROR)
    return status != LZMA_STREAM_END;
  *why = xz_words(status);
  return -1;
}

// ---- all of them ----

static const method methods[] = {
    {"zstd frame", {0x28, 0xb5, 0x2f, 0xfd}, 4, zstd_create, zstd_destroy, zstd_decode},
    {"gzip member", {0x1f, 0x8b, 8}, 3, gzip_create, gzip_destroy, gzip_decode},
    {"xz stream", {0xfd, '7', 'z', 'X', 'Z', 0}, 6, xz_create, xz_destroy, xz_decode},
};

/// What is known by its magic, to be named when it is refused.
static const struct {
  const char *name;
  size_t at;
  uint8_t magic[10];
  size_t bytes;
} others[] = {
    {"lz4", 0, {0x04, 0x22, 0x4d, 0x18}, 4},
    {"lz4 (its old format)", 0, {0x02, 0x21, 0x4c, 0x18}, 4},
    {"snappy", 0, {0xff, 6, 0, 0, 's', 'N', 'a', 'P', 'p', 'Y'}, 10},
    {"bzip2", 4, {0x31, 0x41, 0x59, 0x26, 0x53, 0x59}, 6},
    {"7z", 0, {'7', 'z', 0xbc, 0xaf, 0x27, 0x1c}, 6},
    {"perf.data (perf script reads it)", 0, {'P', 'E', 'R', 'F', 'I', 'L', 'E', '2'}, 8},
};

const char *tw_decompressor_refused(const uint8_t *data, size_t bytes) {
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (bytes >= others[i].at + others[i].bytes && memcmp(data + others[i].at, others[i].magic, others[i].bytes) == 0)
      return others[i].name;
  return NULL;
}

tw_decompressor *tw_decompressor_for(const uint8_t *data, size_t bytes, bool *known) {
  *known = false;
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    const method *method = &methods[i];
    if (bytes < method->magic_bytes || memcmp(data, method->magic, method->magic_bytes) != 0)
      continue;
    *known = true;
    tw_decompressor *d = calloc(1, sizeof *d);
    if (d)
      d->method = method;
    if (d && !method->create(d)) {
      tw_decompressor_destroy(d);
      d = NULL;
    }
    return d;
  }
  return NULL;
}

void tw_decompressor_destroy(tw_decompressor *d) {
  if (d)
    d->method->destroy(d);
  free(d);
}

const char *tw_decompressor_unit(const tw_decompressor *d) { return d->method->unit; }

int tw_decompress(tw_decompressor *d, tw_decompression *step, const char **why) {
  int status = d->method->decode(d, step, why);
  d->ended = status == 0;
  return status;
}
