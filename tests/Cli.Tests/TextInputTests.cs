using System.Text;
using P2P.Testing;
using P2P.TestSupport;

namespace P2P.Cli.Tests;

/// <summary>Standard input that a verb takes as text: what is none is refused by name, an end is an end, and nobody waits without a word.</summary>
public sealed class TextInputTests : IDisposable
{
    private static readonly string[] s_alone = ["--interface", "lo", "--no-mdns", "--timeout", "100ms"];
    private static readonly byte[] s_broken = [(byte)'a', 0xC3, 0x28, (byte)'\n', 0xFF];

    private readonly string _data = Directory.CreateTempSubdirectory("p2p-input-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Theory]
    [InlineData("doc", "append", "n", "-")]
    [InlineData("log", "append", "n", "-")]
    [InlineData("chat", "n")]
    public async Task Bytes_that_are_no_text_are_refused_and_nothing_is_written(params string[] verb)
    {
        (int exit, _, string errors) = await RunAsync(s_broken, verb);
        Assert.Equal(2, exit);
        Assert.Contains("P2P8067", errors, StringComparison.Ordinal);
        Assert.Contains("nothing of it was taken", errors, StringComparison.Ordinal);
        (exit, string listed, _) = await RunAsync([], "store", "stat", "--json");
        Assert.Equal(0, exit);
        Assert.DoesNotContain("\"events\":1", listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_is_taken_whole_and_the_mark_in_front_is_not()
    {
        byte[] marked = [.. Encoding.UTF8.Preamble, .. "Grüße\n"u8];
        Assert.Equal(0, (await RunAsync(marked, "doc", "append", "n", "-")).Exit);
        Assert.Equal("Grüße\n", (await RunAsync([], "doc", "cat", "n")).Output);
        (int exit, _, string errors) = await RunAsync([], "doc", "append", "n", "-");
        Assert.Equal(0, exit);
        Assert.Contains("nothing was appended", errors, StringComparison.Ordinal);
        Assert.Equal("Grüße\n", (await RunAsync([], "doc", "cat", "n")).Output);
    }

    [Fact]
    public async Task The_lines_before_one_that_is_no_text_are_counted()
    {
        byte[] far = [.. Encoding.UTF8.GetBytes("one\n" + new string('x', 70_000)), .. s_broken]; // in another piece of the stream
        using TextInput input = new(new MemoryStream(far), patience: null, "standard input");
        Assert.Equal("one", await input.ReadLineAsync(default));
        CliException error = await Assert.ThrowsAsync<CliException>(() => input.ReadLineAsync(default));
        Assert.Equal(CliError.InputNotText, error.Error);
        Assert.Contains("its first line was taken", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silent_input_is_talked_about_until_its_first_line()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        ManualTime time = new();
        StringWriter talk = new();
        System.IO.Pipelines.Pipe pipe = new();
        using TextInput input = new(pipe.Reader.AsStream(), new Patience(new Output(json: false, time, TextWriter.Null, talk), time), "standard input");
        Task<string?> first = input.ReadLineAsync(default);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("waiting for standard input …\n", talk.ToString());
        await pipe.Writer.WriteAsync("one\n"u8.ToArray());
        Assert.Equal("one", await first.WaitAsync(Watchdog.Limit));
        Task<string?> second = input.ReadLineAsync(default);
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.DoesNotContain("still", talk.ToString(), StringComparison.Ordinal);
        await pipe.Writer.CompleteAsync();
        Assert.Null(await second.WaitAsync(Watchdog.Limit));
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("put -")]
    [InlineData("doc append n -")]
    [InlineData("log append n -")]
    public async Task A_closed_standard_input_is_at_its_end(string verb)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "P2P.Cli.dll");
        await using Child command = Child.Start(new("sh", ["-c", $"exec dotnet '{program}' {verb} --data '{_data}' --interface lo --no-mdns <&-"]));
        (int exit, _, string errors) = await command.EndAsync();
        Assert.True(exit == 0, errors);
    }

    [Fact]
    public async Task A_verb_of_texts_refuses_a_log_and_the_other_way_round()
    {
        Assert.Equal(0, (await RunAsync([], "doc", "append", "text", "a line")).Exit);
        Assert.Equal(0, (await RunAsync([], "log", "append", "log", "an entry")).Exit);
        Assert.Equal(0, (await RunAsync([], "doc", "append", "text", "another")).Exit);
        Assert.Equal(0, (await RunAsync([], "log", "append", "log", "another")).Exit);
        foreach (string[] verb in (string[][])[["doc", "append", "log", "lost"], ["doc", "edit", "log"], ["log", "append", "text", "lost"]])
        {
            (int exit, _, string errors) = await RunAsync([], verb);
            Assert.Equal(2, exit);
            Assert.Contains("P2P8068", errors, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("lost", (await RunAsync([], "doc", "cat", "log")).Output + (await RunAsync([], "log", "cat", "text")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync([], "log", "append", "text", "meant", "--yes")).Exit);
        Assert.Equal(0, (await RunAsync([], "log", "append", "text", "too")).Exit);
    }

    private Task<(int Exit, string Output, string Errors)> RunAsync(byte[] input, params string[] verb) =>
        InProcess.RunAsync(TerminalUse.None, input, [.. verb, "--data", _data, .. s_alone]);
}
