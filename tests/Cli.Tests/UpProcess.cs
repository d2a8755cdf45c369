using System.Diagnostics;
using System.Text.Json;

namespace P2P.Cli.Tests;

/// <summary>A running <c>p2p up</c> on a data folder, ready when this is returned; ended with the object.</summary>
internal sealed class UpProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly List<string> _lines = [];

    private UpProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    /// <summary>Where it can be dialled.</summary>
    public string Address { get; private set; } = string.Empty;

    /// <summary>The line that says so.</summary>
    public string Ready { get; private set; } = string.Empty;

    public static async Task<UpProcess> StartAsync(string data, params string[] arguments)
    {
        UpProcess up = new(CommandLine.Start(["up", "--json", "--data", data, "--interface", "lo", "--no-mdns", .. arguments]));
        string ready = await up.NextAsync("ready");
        up.Ready = ready;
        up.Address = JsonDocument.Parse(ready).RootElement.GetProperty("addresses")[0].GetString()!;
        return up;
    }

    /// <summary>Waits for the next line of that type.</summary>
    public async Task<string> NextAsync(string type)
    {
        using CancellationTokenSource watchdog = new(TimeSpan.FromMinutes(2));
        while (await _process.StandardOutput.ReadLineAsync(watchdog.Token) is string line)
        {
            _lines.Add(line);
            if (line.Contains($"\"type\":\"{type}\"", StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"p2p up ended without '{type}': {string.Join('\n', _lines)}{await _errors}");
    }

    /// <summary>Sends a signal such as TERM and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndAsync(string signal)
    {
        using Process kill = Process.Start("kill", ["-s", signal, $"{_process.Id}"]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>Everything it printed, when it has ended.</summary>
    public async Task<string> PrintedAsync()
    {
        using CancellationTokenSource watchdog = new(TimeSpan.FromMinutes(2));
        _lines.Add(await _process.StandardOutput.ReadToEndAsync(watchdog.Token));
        return string.Join('\n', _lines) + await _errors.WaitAsync(watchdog.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
