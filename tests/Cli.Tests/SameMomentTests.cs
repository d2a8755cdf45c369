using P2P.Cli.Control;
using P2P.TestSupport;

namespace P2P.Cli.Tests;

/// <summary>Commands that start at the same moment on one folder: none loses what it was given.</summary>
public sealed class SameMomentTests : IDisposable
{
    private static readonly string[] s_alone = ["--interface", "lo", "--no-mdns"];

    private readonly string _data = Directory.CreateTempSubdirectory("p2p-moment-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task What_six_commands_append_at_the_same_moment_is_stored()
    {
        string[] lines = [.. Enumerable.Range(0, 6).Select(static i => $"line {i}")];
        Child[] commands = [.. lines.Select(line => CommandLine.Start(["doc", "append", "notes", line, "--data", _data, .. s_alone]))];
        try
        {
            foreach (Child command in commands)
            {
                await command.SucceedAsync();
            }
        }
        finally
        {
            await Task.WhenAll(commands.Select(static c => c.DisposeAsync().AsTask()));
        }

        (_, string text, _) = await CommandLine.RunAsync(["doc", "cat", "notes", "--data", _data, "--timeout", "50ms", .. s_alone]);
        Assert.Equal(lines, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_node_that_is_to_run_waits_for_the_command_that_has_the_folder()
    {
        await CommandLine.RunAsync(["doc", "append", "notes", "here", "--data", _data, "--timeout", "50ms", .. s_alone]);
        await using Child holder = CommandLine.Start(["doc", "watch", "notes", "--json", "--timeout", "5s", "--data", _data, .. s_alone]);
        Assert.Contains("here", await holder.ReadLineAsync(), StringComparison.Ordinal); // it has the folder

        await using UpProcess up = await UpProcess.StartAsync(_data, "--timeout", "5m");

        Assert.Equal(0, (await holder.EndAsync()).Exit);
    }

    [Fact]
    public async Task A_command_that_is_done_ends_after_those_it_serves()
    {
        await using Child holder = CommandLine.Start(["doc", "append", "notes", "one", "--timeout", "1s", "--data", _data, .. s_alone]);
        CancellationToken watchdog = Watchdog.Start();
        while (!File.Exists(Path.Combine(_data, ControlEndpoint.FileName)) && !holder.HasExited)
        {
            await Task.Delay(5, watchdog);
        }

        (int exit, _, string errors) = await CommandLine.RunAsync(["doc", "append", "notes", "two", "--timeout", "5s", "--data", _data, .. s_alone]);

        Assert.True(exit == 0, errors);
        await holder.SucceedAsync();
    }

    [Fact]
    public async Task Where_the_time_is_up_the_holder_is_named()
    {
        await CommandLine.RunAsync(["doc", "append", "notes", "here", "--data", _data, "--timeout", "50ms", .. s_alone]);
        await using FileStream held = new(Path.Combine(_data, "store.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        await File.WriteAllTextAsync(Path.Combine(_data, "store.pid"), $"{Environment.ProcessId}");

        (int exit, _, string errors) = await CommandLine.RunAsync(["doc", "append", "notes", "x", "--data", _data, "--timeout", "300ms", .. s_alone]);

        Assert.Equal(5, exit);
        Assert.Matches($@"P2P0006: .*\(pid {Environment.ProcessId}, since \d\d:\d\d\), which serves no commands\. Wait for its end", errors);
        Assert.DoesNotContain("starting one", errors, StringComparison.Ordinal);
    }
}
