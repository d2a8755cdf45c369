using System.Text.Json;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Cli.Tests;

/// <summary>Which document a name stands for, and that a slip of the pen leaves nothing behind.</summary>
public sealed class DocumentNameTests : IDisposable
{
    private static readonly string[] s_alone = ["--interface", "lo", "--no-mdns", "--timeout", "100ms"];

    private readonly string _data = Directory.CreateTempSubdirectory("p2p-names-").FullName;
    private readonly string _other = Directory.CreateTempSubdirectory("p2p-names-").FullName;

    public void Dispose()
    {
        Directory.Delete(_data, recursive: true);
        Directory.Delete(_other, recursive: true);
    }

    [Fact]
    public async Task A_document_with_writers_is_reopened_as_itself_and_found_by_its_name()
    {
        string id = await MakeBudgetAsync();
        await using (UpProcess up = await UpProcess.StartAsync(_data))
        {
            Assert.Equal([id], await ListedAsync());
            await up.EndAsync("TERM");
        }

        Assert.NotEqual(2, (await CommandLine.RunAsync(["doctor", "--data", _data, .. s_alone])).Exit);
        Assert.Equal([id], await ListedAsync());
        Assert.Equal(0, (await CommandLine.RunAsync(["doc", "append", "budget", "second", "--data", _data, .. s_alone])).Exit);
        Assert.Equal("first\nsecond\n", (await CommandLine.RunAsync(["doc", "cat", "budget", "--data", _data, .. s_alone])).Output);
        Assert.Equal("first\nsecond\n", (await CommandLine.RunAsync(["doc", "cat", id, "--data", _data, .. s_alone])).Output);
        Assert.Equal([id], await ListedAsync());
    }

    [Fact]
    public async Task A_ticket_opens_the_document_on_the_other_machine()
    {
        string id = await MakeBudgetAsync();
        await using UpProcess up = await UpProcess.StartAsync(_data);
        string ticket = (await CommandLine.RunAsync("doc", "ticket", "budget", "--data", _data)).Output.Trim();
        Assert.StartsWith("p2pdoc", ticket, StringComparison.Ordinal);

        (int exit, string output, string errors) = await CommandLine.RunAsync("doc", "cat", ticket, "--data", _other, "--interface", "lo", "--no-mdns", "--timeout", "60s");
        Assert.True(exit == 0, errors);
        Assert.Equal("first\n", output); // the ticket says where it is
        (exit, output, _) = await CommandLine.RunAsync(["doc", "open", ticket, "--json", "--data", _other, .. s_alone]);
        Assert.Equal((0, id), (exit, JsonDocument.Parse(output).RootElement.GetProperty("document").GetString()));
        Assert.Equal("first\n", (await CommandLine.RunAsync(["doc", "cat", "budget", "--data", _other, .. s_alone])).Output);
        Assert.NotEqual(0, (await CommandLine.RunAsync(["doc", "append", ticket, "mine", "--data", _other, .. s_alone])).Exit); // not a writer
        (exit, _, errors) = await CommandLine.RunAsync(["doc", "open", ticket[..^5], "--data", _other, .. s_alone]);
        Assert.Equal(2, exit);
        Assert.Contains("P2P8050", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_nobody_has_is_not_found_and_its_name_is_not_kept()
    {
        Assert.Equal(0, (await CommandLine.RunAsync(["doc", "append", "notes", "here", "--data", _data, .. s_alone])).Exit);
        foreach (string[] verb in Readers())
        {
            (int exit, string output, string errors) = await CommandLine.RunAsync([.. verb, "--data", _data, .. s_alone]);
            Assert.True(exit == 3, $"{string.Join(' ', verb)}: {exit} {output}{errors}");
            Assert.Empty(output);
            Assert.Contains("P2P8053", errors, StringComparison.Ordinal);
        }

        Assert.Single(await ListedAsync());
        await using UpProcess up = await UpProcess.StartAsync(_data);
        foreach (string[] verb in Readers())
        {
            Assert.Equal(3, (await CommandLine.RunAsync([.. verb, "--data", _data, "--timeout", "100ms"])).Exit);
        }

        Assert.Single(await ListedAsync());
        Assert.Equal("here\n", (await CommandLine.RunAsync("doc", "cat", "notes", "--data", _data, "--timeout", "50ms")).Output);
    }

    [Fact]
    public async Task What_is_too_long_or_cannot_be_written_is_refused_in_a_sentence_and_is_no_defect()
    {
        string line = Path.Combine(_data, "line");
        await File.WriteAllTextAsync(line, new string('x', 300 << 10) + "\n");
        await using TestSupport.Child append = CommandLine.StartWithInput(["log", "append", "audit", "-", "--data", _data, .. s_alone]);
        await append.WriteAsync(await File.ReadAllTextAsync(line));
        append.CloseInput();
        (int refused, _, string errors) = await append.EndAsync();
        Assert.Contains("P2P0017", errors, StringComparison.Ordinal);
        Assert.Equal(7, refused);

        (int exit, _, string said) = await CommandLine.RunAsync("init", "--data", Path.Combine(line, "below"));
        Assert.Equal(1, exit);
        Assert.DoesNotContain("defect", said, StringComparison.Ordinal);
    }

    private static string[][] Readers() =>
    [
        ["doc", "cat", "typo"], ["doc", "history", "typo"], ["doc", "diff", "typo", "abcd"], ["doc", "leave", "typo"], ["doc", "delete", "typo", "--yes"],
        ["log", "cat", "typo"], ["log", "verify", "typo"], ["clock", "show", "typo"], ["replay", "--doc", "typo"], ["snapshot", "list", "--doc", "typo"],
    ];

    private async Task<string> MakeBudgetAsync()
    {
        await using P2PNode node = await P2PNode.StartAsync(new P2POptions { DataDirectory = _data, Mdns = false, Interfaces = ["lo"] });
        TextDocument budget = await node.Documents.CreateAsync(new DocumentOptions { Name = "budget", Writers = WriterPolicy.Allow(node.Author.Key!.Value) });
        await budget.AppendAsync("first\n");
        return budget.Id.ToString();
    }

    private async Task<string[]> ListedAsync()
    {
        (_, string output, _) = await CommandLine.RunAsync("doc", "list", "--json", "--data", _data);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonDocument.Parse(l).RootElement.GetProperty("document").GetString()!)];
    }
}
