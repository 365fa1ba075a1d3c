// A process makes and ends thousands of models, so their counts are summed here and written once.
#include "coverage.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <unistd.h>
#include <verilated_cov.h>

namespace tw {
namespace {

/// A new file FOLDER/rtl-XXXXXX.dat; "" when it can't be made, which is told.
std::string new_file(const std::string &folder) {
  std::string path = folder + "/rtl-XXXXXX.dat";
  int file = mkstemps(path.data(), 4);
  if (file >= 0 && close(file) == 0)
    return path;
  std::perror(path.c_str());
  return "";
}

class Sums {
public:
  ~Sums() {
    if (counts_.empty())
      return;
    const std::string path = new_file(folder_);
    if (path.empty())
      return;
    std::ofstream out(path);
    out << "# SystemC::Coverage-3\n";
    for (const auto &[point, count] : counts_)
      out << point << count << '\n';
    if (!out.flush())
      std::fprintf(stderr, "%s: can't be written\n", path.c_str());
  }

  void add(VerilatedContext *context) {
    if (folder_.empty())
      return;
    const std::lock_guard<std::mutex> lock(mutex_);
    const std::string path = new_file(folder_);
    if (path.empty())
      return;
    context->coveragep()->write(path.c_str());
    read(path);
    std::remove(path.c_str());
  }

private:
  /// Lines are "C 'point' count".
  void read(const std::string &path) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
      const size_t blank = line.rfind("' ");
      if (line.rfind("C '", 0) == 0 && blank != std::string::npos)
        counts_[line.substr(0, blank + 2)] += std::strtoull(line.c_str() + blank + 2, nullptr, 10);
    }
  }

  const std::string folder_ = std::getenv("TABLEWALK_COVERAGE_DIR") ? std::getenv("TABLEWALK_COVERAGE_DIR") : "";
  std::mutex mutex_;
  std::map<std::string, uint64_t> counts_;
};

} // namespace

void add_coverage(VerilatedContext *context) {
  static Sums sums;
  sums.add(context);
}

} // namespace tw
