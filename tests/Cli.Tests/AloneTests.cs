using P2P.Cli.Commands;
using P2P.Testing;
using P2P.TestSupport;

namespace P2P.Cli.Tests;

/// <summary>Who follows or says something and is alone is told so.</summary>
public sealed class AloneTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("p2p-alone-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task After_ten_seconds_it_is_said_once_that_nobody_is_there()
    {
        ManualTime time = new();
        int told = 0;
        Task telling = Loneliness.TellAsync(static token => Task.Delay(Timeout.Infinite, token), () => told++, time, CancellationToken.None);
        time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Equal(0, told);
        time.Advance(TimeSpan.FromSeconds(0.1));
        await telling.WaitAsync(Watchdog.Limit);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, told);
    }

    [Fact]
    public async Task Nothing_is_said_when_somebody_came_or_the_command_ended()
    {
        ManualTime time = new();
        int told = 0;
        await Loneliness.TellAsync(static _ => Task.CompletedTask, () => told++, time, CancellationToken.None);
        using CancellationTokenSource end = new();
        Task telling = Loneliness.TellAsync(static token => Task.Delay(Timeout.Infinite, token), () => told++, time, end.Token);
        end.Cancel();
        await telling.WaitAsync(Watchdog.Limit);
        Assert.Equal(0, told);
    }

    [Fact]
    public async Task Every_verb_that_follows_others_says_that_nobody_is_there()
    {
        await using UpProcess up = await UpProcess.StartAsync(_data);
        string[][] verbs = [["doc", "watch", "notes"], ["sub", "news"], ["peers", "watch"], ["log", "tail", "audit", "-f"]];
        (int Exit, string Output, string Errors)[] ended = await Task.WhenAll(verbs.Select(verb => CommandLine.RunAsync([.. verb, "--data", _data, "--timeout", "20s"])));
        Assert.All(ended, static command =>
        {
            Assert.Equal(0, command.Exit);
            Assert.Equal(2, command.Errors.Split("No other peer answered yet").Length);
            Assert.Contains("p2p doctor", command.Errors, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_chat_from_a_pipe_says_what_became_of_the_line()
    {
        await using UpProcess up = await UpProcess.StartAsync(_data);
        await using Child chat = CommandLine.StartWithInput("chat", "--data", _data);
        await chat.WriteAsync("hello\n");
        chat.CloseInput();
        (int exit, string output, string errors) = await chat.EndAsync();
        Assert.Equal(0, exit);
        Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), static line => line.EndsWith(": hello", StringComparison.Ordinal));
        Assert.Contains("stored; no peer has it yet, the running node delivers it", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chat_in_which_nothing_was_said_says_nothing_of_it()
    {
        await using UpProcess up = await UpProcess.StartAsync(_data);
        (int exit, _, string errors) = await CommandLine.RunAsync("chat", "--data", _data);
        Assert.Equal(0, exit);
        Assert.DoesNotContain("stored", errors, StringComparison.Ordinal);
    }
}
