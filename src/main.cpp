#include "cli/compose.h"

extern char** environ;

int main(int argc, char** argv) {
  return dsched::run_program(argc, argv, environ);
}
