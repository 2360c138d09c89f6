# Written by `cargo xtask homebrew`.
class Kready < Formula
  desc "Audit whether a Kubernetes cluster is ready for production"
  homepage "https://kready.dev/"
  license "Apache-2.0"

  head do
    url "https://github.com/kready/kready.git", branch: "main"

    depends_on "rust" => :build
  end

  def install
    if build.head?
      system "cargo", "install", *std_cargo_args
      system "cargo", "xtask", "man", "man"
    else
      bin.install "kready"
    end
    man1.install Dir["man/*.1"]
    man5.install Dir["man/*.5"]
    generate_completions_from_executable(bin/"kready", "completion", shells: [:bash, :zsh, :fish])
  end

  test do
    assert_match "NOT READY", shell_output("#{bin}/kready audit --demo", 1)
  end
end
