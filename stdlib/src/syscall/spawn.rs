//! A child process that becomes another program.
//!
//! In: what the child is to be, `Spawn`. Out: its id, or the system's error. The one invariant: between `fork` and `exec` the child
//! makes system calls only: no memory is allocated and no lock taken, because another thread may have held one; the exception is
//! the program's own `preexec_fn`, which is asked for at the program's risk.
//!
//! If the child cannot become the program it writes `OSError:<errno in hex>:<what failed>` to `report` and ends with status 255.

use super::check_int;
use interpreter::runtime::signals;
use std::ffi::CString;
use std::io::Result;

/// What the child is to be. A descriptor of -1 means "as it is".
pub struct Spawn {
    /// The programs to try, in order.
    pub programs: Vec<CString>,
    pub args: Vec<CString>,
    pub environment: Option<Vec<CString>>,
    pub directory: Option<CString>,
    /// Its standard input, output and error, and the parent's ends of the same pipes.
    pub standard: [i32; 3],
    pub parent_ends: [i32; 3],
    /// The pipe for errors: the parent's end and the child's.
    pub report_parent: i32,
    pub report: i32,
    /// Close all descriptors but the standard ones and these (sorted).
    pub close_others: bool,
    pub keep: Vec<i32>,
    pub restore_signals: bool,
    pub new_session: bool,
    pub group: Option<i32>,
    pub groups: Option<Vec<u32>>,
    pub gid: Option<u32>,
    pub uid: Option<u32>,
    pub umask: Option<u32>,
}

/// How far the child came when it failed.
enum Failed {
    /// Before the program was looked for.
    NoExec(i32),
    Exec(i32),
    /// The function to call before raised.
    Prepare,
}

type Words = Vec<*const libc::c_char>;

/// Makes the child.
pub fn fork_exec(spawn: &Spawn) -> Result<i32> {
    let args = pointers(&spawn.args);
    let environment = spawn.environment.as_deref().map(pointers);
    let in_main = signals::is_main_thread();
    // SAFETY: the child makes system calls only, on data that was made before, and never returns from `run`.
    unsafe {
        match check_int(libc::fork())? {
            0 => {
                if !in_main {
                    // Here they come to the main thread only; a program must be able to be ended.
                    signals::unblock_all();
                }
                run(spawn, &args, environment.as_ref(), None)
            }
            pid => Ok(pid),
        }
    }
}

/// Called in a child that was forked already. `prepare` is called shortly before the program; it says whether it went well.
pub fn become_program(spawn: &Spawn, prepare: Option<&mut dyn FnMut() -> bool>) -> ! {
    let args = pointers(&spawn.args);
    let environment = spawn.environment.as_deref().map(pointers);
    // SAFETY: the words outlive the calls.
    unsafe { run(spawn, &args, environment.as_ref(), prepare) }
}

fn pointers(words: &[CString]) -> Words {
    words.iter().map(|word| word.as_ptr()).chain([std::ptr::null()]).collect()
}

/// # Safety
/// In the child of a fork.
unsafe fn run(
    spawn: &Spawn,
    args: &Words,
    environment: Option<&Words>,
    prepare: Option<&mut dyn FnMut() -> bool>,
) -> ! {
    // SAFETY: in the child; the words outlive the calls.
    unsafe {
        let failed = match set_up(spawn, prepare) {
            Ok(()) => Failed::Exec(execute(spawn, args, environment)),
            Err(failed) => failed,
        };
        tell(spawn.report, &failed);
        libc::_exit(255)
    }
}

fn errno() -> i32 {
    // SAFETY: the place belongs to this thread.
    unsafe { *libc::__errno_location() }
}

/// -1 is the system's "no".
fn must(result: libc::c_int) -> std::result::Result<libc::c_int, Failed> {
    if result == -1 { Err(Failed::NoExec(errno())) } else { Ok(result) }
}

/// # Safety
/// In the child of a fork.
unsafe fn set_up(spawn: &Spawn, prepare: Option<&mut dyn FnMut() -> bool>) -> std::result::Result<(), Failed> {
    // SAFETY: numbers and words that outlive the calls.
    unsafe {
        for &fd in spawn.keep.iter().filter(|&&fd| fd != spawn.report) {
            must(libc::fcntl(fd, libc::F_SETFD, 0))?;
        }
        for fd in spawn.parent_ends.into_iter().chain([spawn.report_parent]).filter(|&fd| fd != -1) {
            must(libc::close(fd))?;
        }
        place_standard(spawn.standard)?;
        if let Some(directory) = &spawn.directory {
            must(libc::chdir(directory.as_ptr()))?;
        }
        if let Some(mask) = spawn.umask {
            libc::umask(mask);
        }
        if spawn.restore_signals {
            libc::signal(libc::SIGPIPE, libc::SIG_DFL);
            libc::signal(libc::SIGXFSZ, libc::SIG_DFL);
        }
        if spawn.new_session {
            libc::setsid();
        }
        if let Some(group) = spawn.group {
            must(libc::setpgid(0, group))?;
        }
        become_user(spawn)?;
        if prepare.is_some_and(|prepare| !prepare()) {
            return Err(Failed::Prepare);
        }
        if spawn.close_others {
            close_others(&spawn.keep);
        }
        Ok(())
    }
}

/// Moves the pipes' ends to 0, 1 and 2. An end that stands on one of these already but belongs elsewhere is moved out of the way
/// first.
///
/// # Safety
/// In the child of a fork.
unsafe fn place_standard([input, mut output, mut error]: [i32; 3]) -> std::result::Result<(), Failed> {
    // SAFETY: numbers are given.
    unsafe {
        if output == 0 {
            output = must(libc::dup(output))?;
            must(libc::fcntl(output, libc::F_SETFD, libc::FD_CLOEXEC))?;
        }
        while error == 0 || error == 1 {
            error = must(libc::dup(error))?;
            must(libc::fcntl(error, libc::F_SETFD, libc::FD_CLOEXEC))?;
        }
        for (to, fd) in [input, output, error].into_iter().enumerate() {
            match fd {
                -1 => 0,
                fd if fd == to as i32 => must(libc::fcntl(fd, libc::F_SETFD, 0))?,
                fd => must(libc::dup2(fd, to as i32))?,
            };
        }
        Ok(())
    }
}

/// # Safety
/// In the child of a fork.
unsafe fn become_user(spawn: &Spawn) -> std::result::Result<(), Failed> {
    // SAFETY: numbers, and a list that outlives the call; by system call, because the C library's functions would stop all threads.
    unsafe {
        if let Some(groups) = &spawn.groups {
            must(libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()) as i32)?;
        }
        if let Some(gid) = spawn.gid {
            must(libc::syscall(libc::SYS_setregid, gid, gid) as i32)?;
        }
        if let Some(uid) = spawn.uid {
            must(libc::syscall(libc::SYS_setreuid, uid, uid) as i32)?;
        }
        Ok(())
    }
}

/// Closes the gaps between the descriptors to keep.
///
/// # Safety
/// In the child of a fork.
unsafe fn close_others(keep: &[i32]) {
    let mut from = 3;
    for &fd in keep.iter().filter(|&&fd| fd >= 3) {
        close_range(from, fd - 1);
        from = fd + 1;
    }
    close_range(from, i32::MAX);
}

fn close_range(from: i32, to: i32) {
    if from > to {
        return;
    }
    // SAFETY: numbers are given; nothing of the child uses these descriptors.
    unsafe {
        if libc::syscall(libc::SYS_close_range, from, to, 0) == 0 {
            return;
        }
        let most = match libc::sysconf(libc::_SC_OPEN_MAX) {
            most if most > 0 => most.min(1 << 20) as i32,
            _ => 256,
        };
        for fd in from..=to.min(most) {
            libc::close(fd);
        }
    }
}

/// Comes back only with an error: the first that does not just say that there is no such program.
///
/// # Safety
/// In the child of a fork; the words outlive the call.
unsafe fn execute(spawn: &Spawn, args: &Words, environment: Option<&Words>) -> i32 {
    let mut first = 0;
    for program in &spawn.programs {
        // SAFETY: the words end with a null and the lists with a null pointer.
        unsafe {
            match environment {
                Some(environment) => libc::execve(program.as_ptr(), args.as_ptr(), environment.as_ptr()),
                None => libc::execv(program.as_ptr(), args.as_ptr()),
            };
        }
        if !matches!(errno(), libc::ENOENT | libc::ENOTDIR) && first == 0 {
            first = errno();
        }
    }
    if first != 0 { first } else { errno() }
}

/// # Safety
/// In the child of a fork.
unsafe fn tell(report: i32, failed: &Failed) {
    let mut text = [0u8; 64];
    let mut len = 0;
    let mut put = |bytes: &[u8]| {
        text[len..len + bytes.len()].copy_from_slice(bytes);
        len += bytes.len();
    };
    match failed {
        Failed::Prepare => put(b"SubprocessError:0:Exception occurred in preexec_fn."),
        Failed::NoExec(errno) | Failed::Exec(errno) => {
            put(b"OSError:");
            for shift in [8, 4, 0] {
                put(&[b"0123456789ABCDEF"[(errno >> shift & 15) as usize]]);
            }
            put(if matches!(failed, Failed::NoExec(_)) { b":noexec" } else { b":" });
        }
    }
    // SAFETY: the buffer is valid for its length.
    unsafe { libc::write(report, text.as_ptr().cast(), len) };
}
