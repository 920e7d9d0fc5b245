/*
 * The whole of the optional native source: socketpair(2) with the internal end moved up, and close(2).
 * Built by whoever wants it (see README.md beside this file); nothing builds it at install.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <node_api.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* pair(lowestPeer): [vfd, peer]; throws an Error with a code (EMFILE, ENFILE or EUNKNOWN). */
static napi_value pair(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument, result, number;
  int32_t lowest = 0, fds[2];
  napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
  napi_get_value_int32(env, argument, &lowest);
  int failed = socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
  if (!failed) {
    int moved = fcntl(fds[1], F_DUPFD_CLOEXEC, lowest);
    int saved = errno;
    close(fds[1]);
    fds[1] = moved;
    failed = moved < 0 || fcntl(fds[0], F_SETFD, FD_CLOEXEC) < 0 ||
             fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0 || fcntl(moved, F_SETFL, O_NONBLOCK) < 0;
    if (failed) {
      if (moved < 0) errno = saved; else saved = errno, close(moved);
      close(fds[0]);
      errno = saved;
    }
  }
  if (failed) {
    int error = errno;
    char code[12] = "EUNKNOWN";
    if (error == EMFILE || error == EINVAL) strcpy(code, "EMFILE"); /* EINVAL: above the limit */
    if (error == ENFILE) strcpy(code, "ENFILE");
    napi_throw_error(env, code, strerror(error));
    return NULL;
  }
  napi_create_array_with_length(env, 2, &result);
  for (uint32_t i = 0; i < 2; i++) {
    napi_create_int32(env, fds[i], &number);
    napi_set_element(env, result, i, number);
  }
  return result;
}

/* close(fd) */
static napi_value close_fd(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  int32_t fd = -1;
  napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
  napi_get_value_int32(env, argument, &fd);
  close(fd);
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "pair", NAPI_AUTO_LENGTH, pair, NULL, &function);
  napi_set_named_property(env, exports, "pair", function);
  napi_create_function(env, "close", NAPI_AUTO_LENGTH, close_fd, NULL, &function);
  napi_set_named_property(env, exports, "close", function);
  return exports;
}
