class Rolecall < Formula
  desc "@summary@"
  homepage "@repository@"
  version "@version@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    url "@repository@/releases/download/v@version@/rolecall-@version@-universal-apple-darwin.tar.gz"
    sha256 "@sum:rolecall-@version@-universal-apple-darwin.tar.gz@"

    resource "provision" do
      url "@repository@/releases/download/v@version@/rolecall-provision-@version@-universal-apple-darwin.tar.gz"
      sha256 "@sum:rolecall-provision-@version@-universal-apple-darwin.tar.gz@"
    end
  end

  on_linux do
    on_intel do
      url "@repository@/releases/download/v@version@/rolecall-@version@-x86_64-unknown-linux-musl.tar.gz"
      sha256 "@sum:rolecall-@version@-x86_64-unknown-linux-musl.tar.gz@"

      resource "provision" do
        url "@repository@/releases/download/v@version@/rolecall-provision-@version@-x86_64-unknown-linux-musl.tar.gz"
        sha256 "@sum:rolecall-provision-@version@-x86_64-unknown-linux-musl.tar.gz@"
      end
    end

    on_arm do
      url "@repository@/releases/download/v@version@/rolecall-@version@-aarch64-unknown-linux-musl.tar.gz"
      sha256 "@sum:rolecall-@version@-aarch64-unknown-linux-musl.tar.gz@"

      resource "provision" do
        url "@repository@/releases/download/v@version@/rolecall-provision-@version@-aarch64-unknown-linux-musl.tar.gz"
        sha256 "@sum:rolecall-provision-@version@-aarch64-unknown-linux-musl.tar.gz@"
      end
    end
  end

  def install
    bin.install "rolecall"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/rolecall.bash" => "rolecall"
    zsh_completion.install "completions/_rolecall"
    fish_completion.install "completions/rolecall.fish"
    resource("provision").stage { bin.install "rolecall-provision" }
  end

  test do
    assert_equal "rolecall #{version}\n", shell_output("#{bin}/rolecall --version")
    assert_equal "rolecall-provision #{version}\n", shell_output("#{bin}/rolecall-provision --version")
  end
end
