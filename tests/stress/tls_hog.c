/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A module whose thread-local storage must fit into the static surplus of the process, or it does not load. */

#define EXPORTED __attribute__((visibility("default")))

EXPORTED char *fa_test_hog_address(void);

EXPORTED __attribute__((tls_model("initial-exec"))) _Thread_local char fa_test_hog[64] = {1};

char *fa_test_hog_address(void)
{
    return fa_test_hog;
}
