using System.Text.Json;
using P2P.TestSupport;

namespace P2P.Cli.Tests;

/// <summary>A running <c>p2p up</c> on a data folder, ready when this is returned; ended with the object.</summary>
internal sealed class UpProcess : IAsyncDisposable
{
    private UpProcess(Child process) => Process = process;

    public Child Process { get; }

    public int Id => Process.Id;

    /// <summary>Where it can be dialled.</summary>
    public string Address { get; private set; } = string.Empty;

    /// <summary>The line that says so.</summary>
    public string Ready { get; private set; } = string.Empty;

    public static async Task<UpProcess> StartAsync(string data, params string[] arguments)
    {
        UpProcess up = new(CommandLine.Start(["up", "--json", "--data", data, "--interface", "lo", "--no-mdns", .. arguments]));
        try
        {
            up.Ready = await up.NextAsync("ready");
            up.Address = JsonDocument.Parse(up.Ready).RootElement.GetProperty("addresses")[0].GetString()!;
            return up;
        }
        catch
        {
            await up.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for the next line of that type.</summary>
    public Task<string> NextAsync(string type) => Process.UntilAsync(line => line.Contains($"\"type\":\"{type}\"", StringComparison.Ordinal));

    /// <summary>Sends a signal such as TERM and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndAsync(string signal) => (await Process.SignalAsync(signal)).Exit;

    /// <summary>Everything it printed, when it has ended.</summary>
    public async Task<string> PrintedAsync()
    {
        string errors = (await Process.EndAsync()).Errors;
        return Process.Said + errors;
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
