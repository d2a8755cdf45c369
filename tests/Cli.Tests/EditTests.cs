using System.Diagnostics;
using System.Text.RegularExpressions;
using P2P.TestSupport;

namespace P2P.Cli.Tests;

/// <summary>What an editor leaves behind that cannot be taken: nothing is stored, and what was written is kept.</summary>
public sealed partial class EditTests : IDisposable
{
    private static readonly string[] s_alone = ["--interface", "lo", "--no-mdns", "--timeout", "50ms"];

    private readonly string _data = Directory.CreateTempSubdirectory("p2p-edited-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task A_file_that_is_not_UTF_8_is_refused_and_kept()
    {
        (int exit, string errors) = await EditAsync("""printf 'bad \377\376 line\n' >> "$1" """);

        Assert.Equal(2, exit);
        Assert.Contains("P2P8067", errors, StringComparison.Ordinal);
        string file = KeptFile().Match(errors).Groups[1].Value;
        Assert.Equal([.. "one\nbad "u8, 0xff, 0xfe, .. " line\n"u8], await File.ReadAllBytesAsync(file));
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        Assert.Equal("one\n", await TextAsync());
    }

    [Fact]
    public async Task A_mark_of_the_encoding_is_no_part_of_the_text()
    {
        (int exit, string errors) = await EditAsync("""printf '\357\273\277one\ntwo ü\n' > "$1" """);
        Assert.True(exit == 0, errors);
        Assert.DoesNotContain("is kept", errors, StringComparison.Ordinal);
        Assert.Equal("one\ntwo ü\n", await TextAsync());
    }

    [Fact]
    public async Task An_editor_that_removes_the_file_changes_nothing()
    {
        (int exit, string errors) = await EditAsync("""rm "$1" """);
        Assert.Equal(1, exit);
        Assert.Contains("P2P8062", errors, StringComparison.Ordinal);
        Assert.Contains("removed", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("is kept", errors, StringComparison.Ordinal);
        Assert.Equal("one\n", await TextAsync());
    }

    private async Task<(int Exit, string Errors)> EditAsync(string script)
    {
        await CommandLine.RunAsync(["doc", "append", "notes", "one", "--data", _data, .. s_alone]);
        string editor = Path.Combine(_data, "editor.sh");
        await File.WriteAllTextAsync(editor, $"#!/bin/sh\n{script}\n");
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "P2P.Cli.dll"), "doc", "edit", "notes", "--data", _data, .. s_alone]);
        start.Environment["EDITOR"] = $"sh {editor}";
        start.Environment.Remove("VISUAL");
        await using Child edit = Child.Start(start);
        (int exit, _, string errors) = await edit.EndAsync();
        return (exit, errors);
    }

    private async Task<string> TextAsync() => (await CommandLine.RunAsync(["doc", "cat", "notes", "--data", _data, .. s_alone])).Output;

    [GeneratedRegex(@"what you wrote is kept in (\S+)")]
    private static partial Regex KeptFile();
}
