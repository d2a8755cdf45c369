namespace P2P.Cli.Tests;

/// <summary>What commands ask and say where it was wrong or missing.</summary>
public sealed class WordingTests : IDisposable
{
    private const TerminalUse Terminal = TerminalUse.Input | TerminalUse.Output | TerminalUse.Errors;

    private static readonly string[] s_alone = ["--interface", "lo", "--no-mdns", "--timeout", "50ms"];

    private readonly string _data = Directory.CreateTempSubdirectory("p2p-words-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Erasing_asks_on_a_terminal_and_nowhere_else()
    {
        await RunAsync(TerminalUse.None, string.Empty, "doc", "append", "notes", "x");
        Assert.Equal(3, (await RunAsync(Terminal, "y\n", "doc", "delete", "typo")).Exit);
        Assert.Equal(2, (await RunAsync(TerminalUse.None, "y\n", "doc", "delete", "notes")).Exit);
        (int exit, _, string errors) = await RunAsync(Terminal, "\n", "doc", "delete", "notes");
        Assert.Equal(2, exit);
        Assert.Contains("Erase notes here? Other peers keep theirs. [y/N] ", errors, StringComparison.Ordinal);
        (exit, string output, _) = await RunAsync(Terminal, "y\n", "doc", "delete", "notes");
        Assert.Equal(0, exit);
        Assert.StartsWith("1 event (", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_text_is_cut_in_a_history_on_a_terminal_only()
    {
        string text = new string('x', 199) + "😀" + new string('y', 799);
        await RunAsync(TerminalUse.None, string.Empty, "doc", "append", "notes", text);
        string shown = (await RunAsync(Terminal, string.Empty, "doc", "history", "notes")).Output;
        Assert.Contains($"+\"{new string('x', 199)}\"@0 … 802 more", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("yyy", shown, StringComparison.Ordinal);
        Assert.Contains(new string('y', 799), (await RunAsync(TerminalUse.None, string.Empty, "doc", "history", "notes")).Output, StringComparison.Ordinal);
        Assert.Contains(new string('y', 799), (await RunAsync(Terminal, string.Empty, "doc", "history", "notes", "--json")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_node_does_not_say_that_it_waited_for_a_name_that_it_does_not_know()
    {
        await using UpProcess up = await UpProcess.StartAsync(_data);
        (int exit, _, string errors) = await CommandLine.RunAsync("ping", "fleet-ocelot", "--data", _data);
        Assert.Equal(3, exit);
        Assert.Contains("No peer 'fleet-ocelot' is connected.", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("answered in", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_option_behind_the_dashes_is_called_an_argument()
    {
        (int exit, _, string errors) = await InProcess.RunAsync("doc", "append", "--", "-x", "hi", "--no-mdns");
        Assert.Equal(2, exit);
        Assert.Contains("takes no argument '--no-mdns'", errors, StringComparison.Ordinal);
        Assert.Contains("Options stand before --", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Did you mean", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_in_a_folder_is_named_by_its_path()
    {
        string inner = Directory.CreateDirectory(Path.Combine(_data, "tree", "inner")).FullName;
        string link = Path.Combine(inner, "link");
        File.CreateSymbolicLink(link, "elsewhere");
        (int exit, _, string errors) = await RunAsync(TerminalUse.None, string.Empty, "put", Path.Combine(_data, "tree"));
        Assert.Equal(7, exit);
        Assert.Contains($"'{link}' is a symbolic link", errors, StringComparison.Ordinal);
    }

    private Task<(int Exit, string Output, string Errors)> RunAsync(TerminalUse terminal, string input, params string[] arguments) =>
        InProcess.RunAsync(terminal, System.Text.Encoding.UTF8.GetBytes(input), [.. arguments, "--data", _data, .. s_alone]);
}
