using System.CommandLine;
using P2P.Cli.Benchmarks;

namespace P2P.Cli.Commands;

/// <summary><c>p2p bench files</c>: a file between two nodes of this process over loopback.</summary>
internal static class BenchFilesCommand
{
    private const int MebibytesMax = 16_384;

    public static Command Create(GlobalOptions options)
    {
        Option<int> size = NumberOption.Create("--mib", "Size of the file.", 256, (1, MebibytesMax));
        Command files = new("files", "Put a file, get it over loopback, read it again from the store, all on disk; prints MB per second.") { size };
        files.SetAction(async (parsed, cancellationToken) =>
        {
            options.OutputOf(parsed).Result("bench.files", await FileBench.RunAsync(parsed.GetRequiredValue(size), cancellationToken));
            return ExitCode.Ok;
        });
        return files;
    }
}
