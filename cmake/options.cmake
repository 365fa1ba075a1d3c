# Warnings are errors, on every target of ours and on nothing else.

# tablewalk_options(<target>...): the warnings of the project.
function(tablewalk_options)
  foreach(target IN LISTS ARGN)
    target_compile_options(
      ${target}
      PRIVATE -Wall
              -Wextra
              # "local": a variable may have the name of its own type, as in "walk *walk".
              $<$<C_COMPILER_ID:GNU>:-Wshadow=local>
              -Werror
              $<$<COMPILE_LANGUAGE:C>:-Wpedantic>
              $<$<COMPILE_LANGUAGE:C>:-Wconversion>
              $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>
              $<$<COMPILE_LANGUAGE:C>:-Wmissing-prototypes>)
  endforeach()
endfunction()
