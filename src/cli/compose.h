#pragma once
// The composition root: the one place that names the adapters of the outside world and reads the
// environment.

namespace dsched {

// Runs the program and answers its exit code. argv[0] is its name.
int run_program(int argc, char** argv, char** environment);

}  // namespace dsched
