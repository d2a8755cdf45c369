using System.Diagnostics;
using System.Text;
using Xunit.Sdk;

namespace P2P.TestSupport;

/// <summary>
/// A process that a test started: every wait for it ends, and so does the process with the test. A read of a pipe cannot be canceled; the watchdog kills
/// who writes, which ends the read.
/// </summary>
internal sealed class Child : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _command;
    private readonly Task<string> _errors;
    private readonly StringBuilder _said = new();

    private Child(ProcessStartInfo start)
    {
        start.RedirectStandardInput = true; // what the tests themselves are given is nobody's business
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _command = string.Join(' ', start.ArgumentList.Select(static a => Path.GetFileName(a)).Prepend(Path.GetFileName(start.FileName)));
        _process = Process.Start(start) ?? throw new XunitException($"{_command} did not start.");
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Everything that was read of its standard output.</summary>
    public string Said => _said.ToString();

    /// <summary>Standard input is empty.</summary>
    public static Child Start(ProcessStartInfo start)
    {
        Child child = StartWithInput(start);
        child._process.StandardInput.Close();
        return child;
    }

    /// <summary>Standard input is what the test writes.</summary>
    public static Child StartWithInput(ProcessStartInfo start) => new(start);

    /// <summary>A .NET program whose output lies beside the tests.</summary>
    public static Child StartProgram(string dll, params string[] arguments) =>
        Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, dll), .. arguments]));

    public Task WriteAsync(string text) => WithinAsync(SendAsync(text));

    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>The next line of standard output; null at its end.</summary>
    public Task<string?> ReadLineAsync() => WithinAsync(NextLineAsync());

    /// <summary>Reads lines until one is wanted.</summary>
    public async Task<string> UntilAsync(Func<string, bool> wanted)
    {
        return await WithinAsync(FindAsync(wanted)) ?? throw new XunitException($"{_command} ended with {_process.ExitCode} after: {_said}{await _errors}");
    }

    /// <summary>Waits for its end and reads what it still says.</summary>
    public async Task<(int Exit, string Output, string Errors)> EndAsync(TimeSpan? limit = null)
    {
        int from = _said.Length;
        await WithinAsync(ReadToEndAsync(), limit);
        return (_process.ExitCode, _said.ToString(from, _said.Length - from), await _errors);
    }

    /// <summary>Waits for its end, which must be a success.</summary>
    public async Task<string> SucceedAsync(TimeSpan? limit = null)
    {
        (int exit, string output, string errors) = await EndAsync(limit);
        Assert.True(exit == 0, $"{_command} ended with {exit}: {output}{errors}");
        return output;
    }

    /// <summary>Sends a signal such as INT and waits for the end.</summary>
    public async Task<(int Exit, string Output, string Errors)> SignalAsync(string signal)
    {
        await using Child kill = Start(new ProcessStartInfo("kill", ["-s", signal, $"{Id}"]));
        await kill.SucceedAsync();
        return await EndAsync();
    }

    /// <summary>Takes its life away at once; nothing of it runs any more when this returns.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    /// <summary>The same at the moment when something is so. On a thread of its own: what waits its turn among other tests comes too late.</summary>
    public async Task KillWhenAsync(Func<bool> isSo)
    {
        CancellationToken watchdog = Watchdog.Start();
        Task<bool> watching = Task.Factory.StartNew(
            () =>
            {
                while (!isSo())
                {
                    if (_process.HasExited || watchdog.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(2)))
                    {
                        return false;
                    }
                }

                _process.Kill();
                return true;
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.True(await watching, $"{_command} {(_process.HasExited ? "ended before it could be killed" : "never came so far")}");
        await KillAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await _errors;
        _process.Dispose();
    }

    private async Task SendAsync(string text)
    {
        await _process.StandardInput.WriteAsync(text);
        await _process.StandardInput.FlushAsync();
    }

    private async Task<string?> NextLineAsync()
    {
        string? line = await _process.StandardOutput.ReadLineAsync();
        _said.Append(line).Append(line is null ? string.Empty : "\n");
        return line;
    }

    private async Task<string?> FindAsync(Func<string, bool> wanted)
    {
        while (await NextLineAsync() is string line)
        {
            if (wanted(line))
            {
                return line;
            }
        }

        await _process.WaitForExitAsync();
        return null;
    }

    private async Task ReadToEndAsync()
    {
        char[] some = new char[4096];
        int count;
        while ((count = await _process.StandardOutput.ReadAsync(some)) > 0)
        {
            _said.Append(some, 0, count);
        }

        await _process.WaitForExitAsync();
    }

    private async Task<T> WithinAsync<T>(Task<T> wait, TimeSpan? limit = null)
    {
        await WithinAsync((Task)wait, limit);
        return await wait;
    }

    private async Task WithinAsync(Task wait, TimeSpan? limit = null)
    {
        try
        {
            await wait.WaitAsync(limit ?? Watchdog.Limit);
        }
        catch (TimeoutException)
        {
            await KillAsync();
            throw new XunitException($"{_command} kept us waiting for {(limit ?? Watchdog.Limit).TotalMinutes} minutes. It said: {_said}{await _errors}");
        }
    }
}
