/* Runs a model that SDEverywhere wrote again and again in one process.
   ./program RUNS BATCHES   prints the least seconds for one run of all batches, then the
   outputs at the final time, one a line.  Compiled with SDEverywhere's own C beside it. */
#include <time.h>

#include "sde.h"

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

int main(int count, char **words) {
  int runs = count > 1 ? atoi(words[1]) : 1, batches = count > 2 ? atoi(words[2]) : 1;
  size_t saved = (size_t)round((getFinalTime() - getInitialTime()) / getSaveper()) + 1;
  double *outputs = malloc(sizeof(double) * saved * numOutputs), least = INFINITY;
  for (int batch = 0; batch < batches; batch++) {
    double begun = now();
    for (int run = 0; run < runs; run++) runModel(NULL, outputs);
    least = fmin(least, (now() - begun) / runs);
  }
  printf("%.9g\n", least);
  for (int row = 0; row < numOutputs; row++) printf("%.17g\n", outputs[(row + 1) * saved - 1]);
  free(outputs);
}
