#include "gateway/command_line.h"

int main(int argc, char** argv) { return unopened::gateway::Main({argv + 1, argv + argc}); }
